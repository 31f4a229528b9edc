/** Who is online. Presence's, for whoever tells others of it. */
export abstract class OnlineUsers {
  /**
   * Those of the users who have a connection that has not said `offline`. Who has lost the last one is not among them, though its
   * contacts believe it online for a moment longer.
   */
  abstract among(userIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** A pattern that connections are subscribed to. */
export interface PatternInterest {
  readonly pattern: string;
  /** Connections, on all servers. */
  readonly subscribers: number;
}

/** Who is subscribed to what. Delivery's, for operators. */
export abstract class TopicInterest {
  /** In the order of the patterns; `after` is the last one that is known already. */
  abstract list(query: { readonly after?: string; readonly limit: number }): Promise<readonly PatternInterest[]>;
  /** How many connections would be handed a message on the topic. */
  abstract subscribersOf(topic: string): Promise<number>;
}

/** Chats whose newest announced change is remembered. One that is forgotten costs a look into the log, nothing else. */
const MAX_CHATS = 10_000;

/** Which changes this process has announced: all of a chat up to the newest, as far back as it remembers. */
export class Announced {
  private readonly newest = new Map<number, number>();

  add(chatId: number, change: number): void {
    // Again at the end: the first are those that were silent for longest.
    this.newest.delete(chatId);
    this.newest.set(chatId, change);
    if (this.newest.size <= MAX_CHATS) return;
    for (const silent of this.newest.keys()) {
      this.newest.delete(silent);
      return;
    }
  }

  /** False also where it is not known. */
  has(chatId: number, change: number): boolean {
    return change <= (this.newest.get(chatId) ?? 0);
  }
}

/** Their counts are noted in the database long before so many more have been pushed. */
const MAX_RECENT = 1_000;

/**
 * How many connections each of the newest messages is handed to. A count is noted behind the answer, so a repetition that follows
 * at once would not find it in the database.
 */
export class RecentRecipients {
  private readonly counts = new Map<string, Promise<number>>();

  add(messageId: string, count: Promise<number>): void {
    this.counts.set(messageId, count);
    if (this.counts.size <= MAX_RECENT) return;
    const [oldest] = this.counts.keys();
    if (oldest !== undefined) this.counts.delete(oldest);
  }

  /** `undefined` of an older message, and of one that another server pushed. */
  of(messageId: string): Promise<number> | undefined {
    return this.counts.get(messageId);
  }
}

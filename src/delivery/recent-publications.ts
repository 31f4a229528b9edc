/** When the last messages that this server committed were fanned out: a ring of plain numbers. */
export class RecentPublications {
  private readonly messageIds: Float64Array;
  private readonly publishedAt: Float64Array;
  private next = 0;

  /** @param capacity how many are remembered; with 0 none */
  constructor(private readonly capacity: number) {
    this.messageIds = new Float64Array(capacity);
    this.publishedAt = new Float64Array(capacity);
  }

  add(messageId: number, at: number): void {
    if (this.capacity === 0) return;
    this.messageIds[this.next] = messageId;
    this.publishedAt[this.next] = at;
    this.next = (this.next + 1) % this.capacity;
  }

  /** @returns ms since the epoch */
  of(messageId: number): number | undefined {
    const slot = this.messageIds.indexOf(messageId);
    return slot < 0 ? undefined : this.publishedAt[slot];
  }
}

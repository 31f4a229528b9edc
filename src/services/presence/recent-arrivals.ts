/**
 * Who has come online while new connections wait to be told who is online, so that none of them is told twice. A count of what happens
 * says of two things which was earlier. Where nobody waits nothing is kept.
 */
export class RecentArrivals {
  /** By user, in the order of their coming. */
  private readonly moments = new Map<string, number>();
  /** The moments since which somebody waits, in order. */
  private readonly waiting = new Set<number>();
  private moment = 0;

  /** @returns the moment since which somebody waits */
  begin(): number {
    this.moment += 1;
    this.waiting.add(this.moment);
    return this.moment;
  }

  end(moment: number): void {
    this.waiting.delete(moment);
    const [oldest = Infinity] = this.waiting;
    for (const [userId, at] of this.moments) {
      if (at > oldest) return;
      this.moments.delete(userId);
    }
  }

  add(userId: string): void {
    if (this.waiting.size === 0) return;
    this.moment += 1;
    this.moments.delete(userId);
    this.moments.set(userId, this.moment);
  }

  forget(userId: string): void {
    this.moments.delete(userId);
  }

  isSince(userId: string, moment: number): boolean {
    return (this.moments.get(userId) ?? 0) > moment;
  }
}

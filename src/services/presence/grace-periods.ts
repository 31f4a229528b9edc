import type { Clock } from '../../domain/clock.js';

/**
 * The users whose last connection has gone a moment ago. All wait equally long, so they end in the order in which they
 * began, and one timer serves them all.
 */
export class GracePeriods {
  /** When each ends, ms since the epoch; in the order of their ends. */
  private readonly ends = new Map<string, number>();
  private timer?: NodeJS.Timeout;
  private isFrozen = false;
  /** Where many go all the time, this long after the last ones have ended the next do, ms: many at once cost little more than one. */
  private readonly restMs: number;

  /** @param onEnded called with all that have ended together */
  constructor(
    private readonly clock: Clock,
    private readonly graceMs: number,
    private readonly onEnded: (userIds: readonly string[]) => void,
  ) {
    this.restMs = graceMs / 100;
  }

  begin(userId: string): void {
    this.ends.delete(userId);
    this.ends.set(userId, this.clock.now() + this.graceMs);
    this.arm();
  }

  cancel(userId: string): void {
    this.ends.delete(userId);
  }

  has(userId: string): boolean {
    return this.ends.has(userId);
  }

  /** From now on none ends by itself. */
  freeze(): void {
    this.isFrozen = true;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private arm(atLeastMs = 0): void {
    const next = this.ends.values().next();
    if (this.timer || this.isFrozen || next.done) return;
    const waitMs = Math.max(atLeastMs, next.value - this.clock.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.sweep();
    }, waitMs);
  }

  private sweep(): void {
    const now = this.clock.now();
    const ended: string[] = [];
    for (const [userId, end] of this.ends) {
      if (end > now) break;
      ended.push(userId);
      this.ends.delete(userId);
    }
    this.arm(this.restMs);
    if (ended.length > 0) this.onEnded(ended);
  }
}

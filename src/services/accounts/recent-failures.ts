import type { Clock } from '../../domain/clock.js';

const WINDOW_MS = 60_000;

/** When somebody has failed within the last minute. Whoever has not failed for longest is forgotten first. */
export class RecentFailures {
  /** By who failed; times in ms, oldest first. In the order of the last failure. */
  private readonly failures = new Map<string, readonly number[]>();

  /** @param maxKeys of how many it is known at most whether they have failed */
  constructor(
    private readonly clock: Clock,
    private readonly limit: number,
    private readonly maxKeys: number,
  ) {}

  get size(): number {
    return this.failures.size;
  }

  /** @returns 0: another attempt is within the limit; else in how many ms it will be */
  waitMs(key: string): number {
    const times = this.recent(key);
    if (times.length < this.limit) return 0;
    return Math.max(1, (times[0] ?? 0) + WINDOW_MS - this.clock.now());
  }

  /** @returns when that was, to take it back by */
  add(key: string): number {
    const at = this.clock.now();
    const times = [...this.recent(key), at];
    this.failures.delete(key);
    this.failures.set(key, times);
    this.forgetOldest();
    return at;
  }

  /** It was none after all. */
  takeBack(key: string, at: number): void {
    const times = this.recent(key);
    const index = times.lastIndexOf(at);
    if (index >= 0) this.keep(key, times.toSpliced(index, 1));
  }

  private recent(key: string): readonly number[] {
    const times = this.failures.get(key) ?? [];
    const after = this.clock.now() - WINDOW_MS;
    if ((times[0] ?? Infinity) > after) return times;
    return this.keep(
      key,
      times.filter((time) => time > after),
    );
  }

  private keep(key: string, times: readonly number[]): readonly number[] {
    if (times.length > 0) this.failures.set(key, times);
    else this.failures.delete(key);
    return times;
  }

  private forgetOldest(): void {
    if (this.failures.size <= this.maxKeys) return;
    const oldest = this.failures.keys().next();
    if (!oldest.done) this.failures.delete(oldest.value);
  }
}

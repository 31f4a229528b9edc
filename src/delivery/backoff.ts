const FIRST_MS = 100;
/** Long enough to leave a starting database alone, short enough to be back soon after it. */
const LONGEST_MS = 5_000;

/** How long to wait before trying again: twice as long each time, and a little at random, so that not all come at once. */
export class Backoff {
  private failures = 0;

  get hasFailed(): boolean {
    return this.failures > 0;
  }

  /** @returns ms */
  next(): number {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.failures, 10));
    this.failures += 1;
    return longest / 2 + Math.random() * (longest / 2);
  }

  reset(): void {
    this.failures = 0;
  }
}

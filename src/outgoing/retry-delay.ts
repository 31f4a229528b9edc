const FIRST_MS = 1_000;
const LONGEST_MS = 3_600_000;

/**
 * How long an event waits after it has failed so often: twice as long each time, up to an hour, and a little at random, so that not all
 * come at once. Twelve attempts take about half an hour.
 *
 * @param failures from 1
 */
export function retryDelayMs(failures: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 30));
  return Math.round(longest * (0.75 + Math.random() * 0.25));
}

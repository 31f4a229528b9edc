import type { Away } from './roamer.js';

/** How long clients were without a connection, ms. */
export interface AwayTimes {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function awayTimes(aways: readonly Away[]): AwayTimes {
  const times = aways.map(({ from, until }) => until - from).sort((one, other) => one - other);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { count: times.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

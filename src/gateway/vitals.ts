/** What the sweep keeps of one connection. */
export interface Vitals {
  /** `progress` of the connection when it was last looked at. */
  progress: number;
  /** When it was last seen to have changed, ms. */
  heardAt: number;
  /** When the last ping was sent, ms. */
  pingedAt: number;
}

/** @param intervalMs between pings; the first comes at a random point of it, so that a crowd is not pinged at once */
export function newVitals(now: number, intervalMs: number): Vitals {
  return { progress: 0, heardAt: now, pingedAt: now - Math.random() * intervalMs };
}

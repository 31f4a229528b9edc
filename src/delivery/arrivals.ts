/**
 * Counts what this server begins to hear of. It orders in time what has no common clock: a subscription that was
 * made before something was heard has a smaller count.
 */
export class Arrivals {
  private count = 0;

  get now(): number {
    return this.count;
  }

  next(): number {
    return ++this.count;
  }
}

import { NatsPieces } from './nats-pieces.js';

/** Another server, as it is heard. */
export class Peer {
  readonly pieces = new NatsPieces();
  /** What has come of its questions since its last barrier, by their numbers. */
  answers: (readonly [question: number, answer: unknown])[] = [];
  private newest = -1;
  /** How many it has said, as far as is known. */
  private beacons?: number;

  /** @param heardAt by `performance.now()` */
  constructor(
    readonly id: string,
    public heardAt: number,
  ) {}

  /** @returns whether the frame is new: one that was published on several subjects comes once for each */
  hear(number: number): boolean {
    this.heardAt = performance.now();
    if (number <= this.newest) return false;
    this.newest = number;
    return true;
  }

  /** @returns whether none was lost before it */
  hearBeacon(nth: number): boolean {
    const isNext = this.beacons === undefined || nth === this.beacons + 1;
    this.beacons = nth;
    return isNext;
  }

  /** One of the two was away, so that what was lost is no news: it has its time again. */
  beginAnew(beacons?: number): void {
    this.heardAt = performance.now();
    this.beacons = beacons;
  }
}

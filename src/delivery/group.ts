import type { ChatAddress } from '../domain/chat.js';
import type { Subscription } from './bus/bus.js';
import type { Runner } from './runner.js';
import type { Viewer } from './viewer.js';

/** A connected user in a group, with the base from which its `missed` is reckoned. */
export interface Seat {
  readonly viewer: Viewer;
  base: number;
  /** The change up to which the base is right. */
  asOf: number;
  /** It sees the messages above it. Unknown while the viewer's groups are being read. */
  joinedNumber?: number;
}

/** A group or channel of which somebody is connected here. */
export class Group {
  /** By user id. */
  readonly seats = new Map<string, Seat>();
  /** Reads the seats again; not there before that is needed. */
  reading?: Runner;
  private seenFrom?: number;

  /** @param since when this server began to hear of the chat, in the hub's count of arrivals */
  constructor(
    readonly chat: ChatAddress,
    readonly subscription: Subscription,
    readonly since: number,
  ) {}

  /** A change was brought here; from the first one on none is missing. */
  saw(change: number): void {
    this.seenFrom ??= change;
  }

  /** Something was not brought here. */
  lost(): void {
    this.seenFrom = undefined;
  }

  /** @returns undefined where a change that was not seen here may have moved it */
  baseOf(seat: Seat): number | undefined {
    return this.seenFrom === undefined || seat.asOf >= this.seenFrom - 1 ? seat.base : undefined;
  }
}

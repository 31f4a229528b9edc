import type { CloseReason } from './close-reasons.js';
import type { OutgoingFrame } from './outgoing-frame.js';
import type { Principal } from './principal.js';
import type { OpenedSession, Subscriptions } from './topics.js';

/**
 * A connection as delivery sees it: something that takes frames. What is sent within one tick leaves in one write.
 */
export interface Outlet {
  readonly connectionId: string;
  readonly principal: Principal;
  /** The device name; '' for the user's unnamed device in this dialect. */
  readonly device: string;
  /** The device's number, where the database could be asked before the connection opened. */
  readonly deviceId?: number;
  /** The place of that among all introductions: of two connections of a device the one with the later one is the newer. */
  readonly introducedAs?: number;
  /** The client's IP address. */
  readonly address: string;
  /** ms since the epoch. */
  readonly openedAt: number;
  /** Bytes accepted and not yet taken by the operating system. */
  readonly bufferedBytes: number;
  readonly closed: boolean;
  readonly subscriptions: Subscriptions;
  /** The session that the connection is of, as it was found. */
  readonly session?: OpenedSession;
  /** A frame that many get is made once and handed to each. */
  send(frame: string | OutgoingFrame): void;
  /** Something was sent that is received once a ping sent after it is answered. */
  wantPing(): void;
  close(reason: CloseReason): void;
}

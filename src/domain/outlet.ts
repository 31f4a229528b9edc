import type { CloseReason } from './close-reasons.js';
import type { Principal } from './principal.js';

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
  /** Bytes accepted and not yet taken by the operating system. */
  readonly bufferedBytes: number;
  readonly closed: boolean;
  send(frame: string): void;
  close(reason: CloseReason): void;
}

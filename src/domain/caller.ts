import type { Origin } from './changes.js';
import type { Principal } from './principal.js';

/** Who asks: what every service method takes first. REST and tests make one without a connection. */
export interface Actor {
  readonly principal: Principal;
  readonly origin: Origin;
}

/** An actor that asks over a connection, for the length of one frame. */
export interface Caller extends Actor {
  /**
   * Tells that what the frame asks for has its place in its chat's order (the log has queued it), so the
   * connection's next frame for the same chat may start before this one is answered. Without it the next
   * one waits for the answer.
   */
  placed(): void;
  /** Puts a renewed token's principal in the place of the connection's. */
  renew(principal: Principal): void;
  /** The client says that it is offline but keeps its socket. */
  leave(): void;
}

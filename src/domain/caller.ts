import type { Origin } from './changes.js';
import type { Principal } from './principal.js';
import type { Subscriptions } from './topics.js';

/** Who asks: what every service method takes first. REST and tests make one without a connection. */
export interface Actor {
  readonly principal: Principal;
  readonly origin: Origin;
}

/** An actor that asks over a connection, for the length of one frame. */
export interface Caller extends Actor {
  /** What the connection is subscribed to. */
  readonly subscriptions: Subscriptions;
  /**
   * Does the work; where the client has given the frame an id and its dialect says that a repetition is the same message, the same
   * id for the same target answers what the first one did. A failure is not remembered.
   *
   * @param target what else tells one deed from another: a topic, a user
   */
  once<T>(target: string, work: () => Promise<T>): Promise<T>;
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

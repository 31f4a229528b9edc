import type { DurableEvent, EphemeralEvent, View } from '../domain/events.js';
import type { ParlanceError } from '../domain/errors.js';

export type DialectName = 'messaging' | 'concord' | 'realtime';

/** What a frame of a client turned out to be. Payloads are unknown until their DTO has passed. */
export type Incoming =
  | ({ readonly kind: 'request' } & Asking)
  /** Asks without waiting for an answer; only a fault is answered. */
  | ({ readonly kind: 'event' } & Asking)
  /** `eventId` is undefined where the id cannot be one of ours: answered like any other, does nothing. */
  | { readonly kind: 'ack'; readonly id: string; readonly eventId?: number }
  | { readonly kind: 'ping' }
  | { readonly kind: 'bad'; readonly ref: RequestRef; readonly error: ParlanceError };

interface Asking {
  readonly ref: RequestRef;
  readonly payload: unknown;
  /**
   * False where the raw text holds no escape that could stand for U+0000 or a lone surrogate, so that nobody has to
   * look through the payload for them. Absent: unknown.
   */
  readonly mayHoldEscapes?: boolean;
}

/** How an answer finds its request. */
export interface RequestRef {
  /** The client's id; null where it gave none that can be used. */
  readonly id: string | null;
  readonly payloadType?: string;
}

/** A durable event encoded once; only what differs by viewer is put in per connection. */
export interface EncodedEvent {
  forView(view: View): string;
}

/**
 * A wire protocol: pure functions between frames and the domain's words, without state.
 * Everything it returns is a whole text frame.
 */
export interface Dialect {
  readonly name: DialectName;
  /** Offered in `Sec-WebSocket-Protocol` and echoed. */
  readonly subprotocol: string;

  /** Never throws: what cannot be understood is `bad`. */
  decode(data: Buffer, isBinary: boolean): Incoming;

  encodeAnswer(ref: RequestRef, payload: unknown, now: number): string;
  encodeError(ref: RequestRef, error: ParlanceError, now: number): string;
  /** The answer to an ack. */
  encodeAcked(id: string, now: number): string;
  /** The answer to the dialect's own ping. */
  encodePong(now: number): string;

  /** `undefined` where this dialect does not show the event. */
  encodeDurable(event: DurableEvent): EncodedEvent | undefined;
  /** @param viewer who gets it: in dialogs the chat's id depends on that */
  encodeEphemeral(event: EphemeralEvent, viewer: string, now: number): string | undefined;
}

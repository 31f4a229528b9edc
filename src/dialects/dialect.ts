import type { DurableEvent, EphemeralEvent, View } from '../domain/events.js';
import type { DialectName } from '../domain/dialect-name.js';
import type { ParlanceError } from '../domain/errors.js';
import type { OutgoingFrame } from '../domain/outgoing-frame.js';
import type { HandedMessage, TopicMessage } from '../domain/topics.js';

export type { DialectName } from '../domain/dialect-name.js';

/** What a frame of a client turned out to be. Payloads are unknown until their DTO has passed. */
export type Incoming =
  | ({ readonly kind: 'request' } & Asking)
  /** Asks without waiting for an answer; only a fault is answered. */
  | ({ readonly kind: 'event' } & Asking)
  /** `eventId` is undefined where the id cannot be one of ours: answered like any other, does nothing. */
  | { readonly kind: 'ack'; readonly id: string; readonly eventId?: number }
  /** The dialect's own ping; `id` and `timestamp` where the client gave them. */
  | { readonly kind: 'ping'; readonly id?: string; readonly timestamp?: number }
  /** Nothing is to be done: the answer to a ping of ours, say. */
  | { readonly kind: 'nothing' }
  /** Done strictly in order, each answered by itself. */
  | { readonly kind: 'batch'; readonly frames: readonly Incoming[] }
  | { readonly kind: 'bad'; readonly ref: RequestRef; readonly error: ParlanceError };

interface Asking {
  readonly ref: RequestRef;
  readonly payload: unknown;
  /**
   * False where the raw text holds no escape that could stand for U+0000 or a lone surrogate, so that nobody has to
   * look through the payload for them. Absent: unknown.
   */
  readonly mayHoldEscapes?: boolean;
  /**
   * The payloadType to handle it as where no module handles its own. The ref that its answer is encoded with names the
   * one that it was handled as.
   */
  readonly otherwise?: string;
}

/** How an answer finds its request. */
export interface RequestRef {
  /** The client's id; null where it gave none that can be used. */
  readonly id: string | null;
  readonly payloadType?: string;
  /** The user whom the frame is for, where the answer or an error names it. */
  readonly target?: string;
  /** The same id on the same connection is the same message. */
  readonly isOnce?: true;
}

/** One frame, or several that leave one after the other; `[]` where there is nothing to say. */
export type Frames = string | readonly string[];

/** A durable event encoded once; only what differs by viewer is put in per connection. */
export interface EncodedEvent {
  /** The same frame for all who are shown the same; `undefined` where this viewer is not shown it. */
  forView(view: View): string | OutgoingFrame | undefined;
}

/**
 * A wire protocol: pure functions between frames and the domain's words, without state.
 * Everything it returns is a whole text frame.
 */
export interface Dialect {
  readonly name: DialectName;
  /** Offered in `Sec-WebSocket-Protocol` and echoed. */
  readonly subprotocol: string;

  /** The same dialect with everything that a client gets only where it asks for it (`?extensions=true`). */
  readonly extended?: Dialect;
  /**
   * How it is known that a client has received a durable event: it says so, or it answers a WebSocket ping sent after it.
   * Where pings tell, messages are marked as delivered by them too.
   */
  readonly receivedBy: 'acks' | 'pings';
  /** A chat other than a dialog is shown only to connections that are subscribed to its topic. */
  readonly showsSubscribedChatsOnly: boolean;
  /** Messages of dialogs are shown. Where they are not, groups are not either: there are only channels. */
  readonly showsDialogs: boolean;
  /** What has no text is not shown. */
  readonly showsTextsOnly: boolean;
  /**
   * Which channels its connections follow: all that the user may read, those whose topics they are subscribed to, or, as in
   * any chat, those that the user is in.
   */
  readonly followsChannels: 'all' | 'subscribed' | 'joined';
  /** What a connection did itself comes to it like to everybody else, for it has no other answer. */
  readonly bringsBackOwn: boolean;

  /** Whether a first frame of this `type` shows that a client speaks the dialect. */
  owns(type: string): boolean;

  /** Never throws: what cannot be understood is `bad`. */
  decode(data: Buffer, isBinary: boolean): Incoming;

  encodeAnswer(ref: RequestRef, payload: unknown, now: number): Frames;
  encodeError(ref: RequestRef, error: ParlanceError, now: number): Frames;
  /** The answer to an ack. */
  encodeAcked(id: string, now: number): string;
  /** The answer to the dialect's own ping. */
  encodePong(ping: Extract<Incoming, { kind: 'ping' }>, now: number): Frames;

  /** `undefined` where this dialect does not show the event. */
  encodeDurable(event: DurableEvent): EncodedEvent | undefined;
  /** @param viewer who gets it: in dialogs the chat's id depends on that */
  encodeEphemeral(event: EphemeralEvent, viewer: string, now: number): string | undefined;
  encodeTopicMessage(message: TopicMessage): string | undefined;
  /** @returns text for a text frame, bytes for a binary one */
  encodeHanded(message: HandedMessage): string | Buffer | undefined;
}

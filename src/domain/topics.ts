import type { ChatAddress } from './chat.js';

/** A message of a topic that is no chat, on its way to subscribers and into the topic's history. */
export interface TopicMessage {
  /** Unique among all servers; the wire's `message_id`. */
  readonly id: string;
  readonly topic: string;
  readonly sender: string;
  /** JSON text, exactly as sent. */
  readonly payloadJson: string;
  /** The client's own metadata: a JSON object, exactly as sent. */
  readonly metadataJson?: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** A message of a chat that is sent to the chat's topic, as far as it decides who is handed it. */
export interface ChatPublication {
  readonly topic: string;
  readonly chat: ChatAddress;
  /** Sends it, and counts where its dialect brings it back to a sender who is subscribed. */
  readonly actingConnectionId?: string;
  /** It is nothing to dialects that show texts only. */
  readonly isTextless: boolean;
}

/** A message that connected clients are handed and nobody keeps. */
export interface HandedMessage {
  /** Unique among all servers. */
  readonly id: string;
  readonly sender: string;
  readonly at: number;
  readonly to: HandedTo;
  readonly content: CustomContent | BinaryContent;
}

/** Every subscription that matches the topic, of the chat's members only where it is a chat's; or every connection of the user. */
export type HandedTo = { readonly topic: string; readonly chat?: ChatAddress } | { readonly userId: string };

/** A frame of a type of the clients' own (`X-…`). */
export interface CustomContent {
  readonly kind: 'custom';
  /** `X-…` */
  readonly type: string;
  /** A JSON object, exactly as sent; it names the topic or the target itself. */
  readonly dataJson: string;
  readonly metadataJson?: string;
}

/** The kinds of binary frames, by their first byte. */
export const BINARY_KINDS = { 1: 'broadcast', 2: 'direct_message', 3: 'file_transfer', 4: 'stream_data' } as const;
export type BinaryKindByte = keyof typeof BINARY_KINDS;
export type BinaryKind = (typeof BINARY_KINDS)[BinaryKindByte];

export interface BinaryContent {
  readonly kind: 'binary';
  readonly kindByte: BinaryKindByte;
  /** What the routing line said, with all its fields as sent. */
  readonly line: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** What was asked of a binary frame beside its fields: a key that no JSON can have. */
export const binaryPayload = Symbol('binaryPayload');

export interface BinaryPayload {
  /** All bytes behind the header, with the routing line. */
  readonly payload: Buffer;
  /** The bytes behind the routing line; all of them where there is none. */
  readonly body: Buffer;
  /** The routing line as it was read; absent where the payload is bare. */
  readonly line?: Readonly<Record<string, unknown>>;
}

/** The JSON text of a request's `payload`, or of a signal's `data`, as it stood in the frame: a key that no JSON can have. */
export const rawPayload = Symbol('rawPayload');
/** The same of its `metadata`. */
export const rawMetadata = Symbol('rawMetadata');
/** The `X-…` type that a custom frame has. */
export const customType = Symbol('customType');

/** What one connection is subscribed to. Patterns may hold wildcards. */
export interface Subscriptions {
  readonly size: number;
  has(pattern: string): boolean;
  /** Whether one of the patterns matches the topic. */
  matches(topic: string): boolean;
  /** In the order in which they were added. */
  patterns(): readonly string[];
  /** Takes effect within the call; one that is there already stays. */
  add(patterns: readonly string[]): void;
  /** Takes effect within the call. @returns those that were there */
  remove(patterns: readonly string[]): readonly string[];
  /** Where the subscriptions are kept beyond the connection (`?session=`). */
  readonly session?: SessionRef;
}

/** A session as its connection holds it. */
export interface SessionRef {
  readonly sessionId: number;
  readonly name: string;
}

/** A session as it was found when its connection was about to open. */
export interface OpenedSession extends SessionRef {
  /** It was there, and history has all that was sent since. */
  readonly resumed: boolean;
  /** Topics of which something was sent that history no longer has. */
  readonly gap: readonly string[];
  readonly subscriptions: readonly SessionSubscription[];
  /** All topic messages up to this number are received. */
  readonly position: number;
}

export interface SessionSubscription {
  readonly pattern: string;
  /** The newest topic message when it began: what is older was never asked for. */
  readonly since: number;
}

/**
 * Brings to connected clients what the log does not carry. Delivery's, for services to use.
 *
 * Both methods hand the message to this server's connections within the call.
 */
export abstract class Distribution {
  /** @returns how many connections it was handed to, on all servers */
  abstract publish(message: TopicMessage): Promise<number>;
  /**
   * Like `publish`, to the connections whose dialect shows it. @returns one for each connection that it was handed to: its id where the
   * message is for a user, else its user
   */
  abstract hand(message: HandedMessage): Promise<readonly string[]>;
  /** @returns how many connections the message is handed to: of a group those of its members that are subscribed to its topic */
  abstract subscribersOf(publication: ChatPublication): Promise<number>;
  /**
   * The connection's subscriptions have grown by these patterns: from now on it follows the channels whose topics they match, from
   * where each stands. Resolves when nothing that is committed later can be missed, over a session's next connections too.
   */
  abstract follow(connectionId: string, patterns: readonly string[]): Promise<void>;
  /** @returns the ids of the user's connections, on all servers, whose dialect shows messages of a dialog */
  abstract connectionsOf(userId: string): Promise<readonly string[]>;
}

/** Marks as delivered what connections without acks have received. The receipts service's, for delivery to use. */
export abstract class DeliveryMarks {
  /** Resolves when all are committed. */
  abstract mark(userId: string, delivered: readonly DeliveredMessages[]): Promise<void>;
}

export interface DeliveredMessages {
  readonly chat: ChatAddress;
  /** The number of the newest message that was received. */
  readonly upTo: number;
}

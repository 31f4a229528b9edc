import type { DialectName } from '../../domain/dialect-name.js';
import type { Words } from '../schema/words.js';

/** One kind of frame. */
export interface MessageDoc {
  /** Unique in its channel. */
  readonly name: string;
  readonly summary: string;
  readonly payload: Words;
  /** Absent: JSON in a text frame. */
  readonly contentType?: string;
  /** Where in the frame the id stands by which an answer finds its request. */
  readonly correlation?: 'id' | 'data.message_id';
}

/** What the server does: receives one message, with what it answers, or sends what nobody has asked for. */
export interface OperationDoc {
  readonly name: string;
  readonly action: 'receive' | 'send';
  readonly summary: string;
  readonly messages: readonly string[];
  readonly replies?: readonly string[];
}

/** A dialect as the document shows it. */
export interface ChannelDoc {
  readonly dialect: DialectName;
  readonly address: string;
  readonly subprotocol: string;
  readonly title: string;
  readonly description: string;
  /** What may be asked for in the address. */
  readonly query: Words;
  /** From clients. */
  readonly received: readonly MessageDoc[];
  /** To clients. */
  readonly sent: readonly MessageDoc[];
  readonly operations: readonly OperationDoc[];
}

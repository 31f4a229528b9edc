import type { JsonObject } from '../fixtures.js';
import type { WrongValue } from './wrong-values.js';

/** What the good payloads speak of. */
export interface World {
  /** The user who asks; its first message in both chats has the clientMessageId `first`. */
  readonly userId: string;
  /** A dialog of the user's. */
  readonly dialog: string;
  /** A group that the user owns. */
  readonly group: string;
  /** Another one, to leave. */
  readonly otherGroup: string;
  /** A token of the user's. */
  readonly token: string;
}

/** A whole payload that is wrong though each field by itself is not. */
export interface WrongPayload {
  readonly payload: JsonObject;
  readonly field?: string;
  readonly code?: number;
}

/** All that is known of one payloadType from outside: a payload that works, and how each of its fields can be wrong. */
export interface PayloadPlan {
  readonly kind: 'request' | 'event';
  /** Absent: whatever is sent there is not looked at. */
  readonly good?: JsonObject;
  /** In the order of the protocol, so that of two faults the first is known. */
  readonly fields: Readonly<Record<string, readonly WrongValue[]>>;
  /** The fault of no payload at all: `payload`, where none is named; null where nothing in it is required. */
  readonly missingPayload?: string | null;
  readonly wrongAltogether?: readonly WrongPayload[];
  /** What the good one is answered with where that is an error: there is nothing for it to work on. */
  readonly goodCode?: number;
}

import { isUtf8 } from 'node:buffer';

import { BadRequestError } from '../../domain/errors.js';
import type { PayloadType } from '../../domain/payloads.js';
import type { Incoming, RequestRef } from '../dialect.js';
import { isJsonObject, mayHoldEscapes, parseJson } from '../json-text.js';

const NO_REF: RequestRef = { id: null };

/** What `details.field` names when no single field is at fault: the frame is binary, not UTF-8 or not JSON. */
const WHOLE_FRAME = 'frame';

/** All that clients say. Nothing is answered but faults; typing is an event because it leaves nothing behind. */
const KINDS: ReadonlyMap<string, 'request' | 'event'> = new Map<PayloadType, 'request' | 'event'>([
  ['chat_written', 'request'],
  ['chat_reaction', 'request'],
  ['chat_typing', 'event'],
]);

/** Reads one WebSocket message. Never throws; what a frame holds beside its type is left to whoever handles it. */
export function decode(data: Buffer, isBinary: boolean): Incoming {
  if (isBinary) return bad(WHOLE_FRAME, 'binary frames are not part of this dialect');
  if (!isUtf8(data)) return bad(WHOLE_FRAME, 'the frame is not UTF-8');
  const text = data.toString();
  const json = parseJson(text);
  if (json === undefined) return bad(WHOLE_FRAME, 'the frame is not JSON');
  if (!isJsonObject(json)) return bad('type', 'the frame is not a JSON object');
  const { type, ...payload } = json;
  const kind = typeof type === 'string' ? KINDS.get(type) : undefined;
  if (typeof type !== 'string' || !kind) return bad('type', 'type is missing or unknown');
  return { kind, ref: { id: null, payloadType: type }, payload, mayHoldEscapes: mayHoldEscapes(text) };
}

function bad(field: string, message: string): Incoming {
  return { kind: 'bad', ref: NO_REF, error: BadRequestError.at(field, message) };
}

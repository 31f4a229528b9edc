import { isUtf8 } from 'node:buffer';

import { BadRequestError } from '../../domain/errors.js';
import type { PayloadType } from '../../domain/payloads.js';
import { rawMetadata, rawPayload } from '../../domain/topics.js';
import type { Incoming, RequestRef } from '../dialect.js';
import { isJsonObject, type JsonObject, mayHoldEscapes, parseJson } from '../json-text.js';
import { rawMember } from '../raw-member.js';

const PING = 'ping';
const BROADCAST: PayloadType = 'broadcast';
const SIGNAL: PayloadType = 'signal';
const NO_REF: RequestRef = { id: null };

/**
 * What `details.field` names when no single field is at fault: the frame is binary, not UTF-8 or not JSON.
 */
const WHOLE_FRAME = 'frame';

/** Reads one WebSocket message. Never throws; the payload's content is left to whoever handles it. */
export function decode(data: Buffer, isBinary: boolean): Incoming {
  if (isBinary) return bad(NO_REF, WHOLE_FRAME, 'binary frames are not part of this dialect');
  if (!isUtf8(data)) return bad(NO_REF, WHOLE_FRAME, 'the frame is not UTF-8');
  const text = data.toString();
  if (text === PING) return { kind: 'ping' };
  const json = parseJson(text);
  if (json === undefined) return bad(NO_REF, WHOLE_FRAME, 'the frame is not JSON');
  if (!isJsonObject(json)) return bad(NO_REF, 'type', 'the frame is not a JSON object');
  return decodeFrame(json, text);
}

function decodeFrame(frame: JsonObject, text: string): Incoming {
  switch (frame.type) {
    case 'request':
      return decodeRequest(frame, text);
    case 'event':
      return decodeEvent(frame, text);
    case 'ack':
      return decodeAck(frame);
    default:
      return bad(refOf(frame), 'type', 'type must be request, event or ack');
  }
}

function decodeRequest(frame: JsonObject, text: string): Incoming {
  const ref = refOf(frame);
  if (ref.id === null) return bad(ref, 'id');
  if (ref.payloadType === undefined) return bad(ref, 'payloadType');
  return {
    kind: 'request',
    ref,
    payload: withRawTexts(ref, frame.payload, text),
    mayHoldEscapes: mayHoldEscapes(text),
  };
}

/** What is broadcast, and what is signalled over a call, goes on byte for byte. */
function withRawTexts({ payloadType }: RequestRef, payload: unknown, text: string): unknown {
  if (!isJsonObject(payload)) return payload;
  if (payloadType === SIGNAL) return { ...payload, [rawPayload]: rawMember(text, ['payload', 'data']) };
  if (payloadType !== BROADCAST) return payload;
  return {
    ...payload,
    [rawPayload]: rawMember(text, ['payload', 'payload']),
    [rawMetadata]: rawMember(text, ['payload', 'metadata']),
  };
}

/** The documents name a client event by `payloadType` in one place and by `eventType` in another. */
function decodeEvent(frame: JsonObject, text: string): Incoming {
  const { payloadType, eventType } = frame;
  const name = payloadType ?? eventType;
  const ref: RequestRef = typeof name === 'string' ? { id: null, payloadType: name } : NO_REF;
  if (payloadType !== undefined && typeof payloadType !== 'string') return bad(ref, 'payloadType');
  if (eventType !== undefined && typeof eventType !== 'string') return bad(ref, 'eventType');
  if (name === undefined) return bad(ref, 'payloadType');
  if (eventType !== undefined && eventType !== name) {
    return bad(ref, 'eventType', 'payloadType and eventType name different events');
  }
  return { kind: 'event', ref, payload: frame.payload, mayHoldEscapes: mayHoldEscapes(text) };
}

function decodeAck({ id }: JsonObject): Incoming {
  if (typeof id !== 'string' && typeof id !== 'number') return bad(NO_REF, 'id');
  const eventId = typeof id === 'number' || /^\d+$/.test(id) ? Number(id) : 0;
  if (!Number.isSafeInteger(eventId) || eventId < 1) return { kind: 'ack', id: String(id) };
  return { kind: 'ack', id: String(id), eventId };
}

function refOf({ id, payloadType }: JsonObject): RequestRef {
  const usableId = typeof id === 'string' ? id : null;
  return typeof payloadType === 'string' ? { id: usableId, payloadType } : { id: usableId };
}

function bad(ref: RequestRef, field: string, message?: string): Incoming {
  return { kind: 'bad', ref, error: BadRequestError.at(field, message) };
}

import type { Incoming, RequestRef } from '../dialect.js';
import { isJsonObject } from '../json-text.js';
import { badFrame, NO_REF } from './bad-frame.js';
import { isClientId } from './client-id.js';
import { findReading } from './readings.js';

const NO_DATA = {};

/** @param text the JSON text of the message alone, also where it came in a batch */
export function decodeMessage(json: unknown, text: string): Incoming {
  if (!isJsonObject(json)) return badFrame(NO_REF, 'type', 'the message is not a JSON object');
  const { type, id } = json;
  if (type === 'Pong') return { kind: 'nothing' };
  const ref: RequestRef = { id: isClientId(id) ? id : null };
  const read = typeof type === 'string' ? findReading(type) : undefined;
  if (typeof type !== 'string' || !read) return badFrame(ref, 'type', 'type is missing or unknown');
  if (id !== undefined && ref.id === null) return badFrame(ref, 'id');
  const { data = type === 'Ping' ? NO_DATA : undefined, metadata } = json;
  if (!isJsonObject(data)) return badFrame(ref, 'data');
  if (metadata !== undefined && !isJsonObject(metadata)) return badFrame(ref, 'metadata');
  return read({ ref, type, data, metadata, text });
}

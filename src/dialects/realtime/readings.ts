import type { PayloadType } from '../../domain/payloads.js';
import { customType, rawMetadata, rawPayload } from '../../domain/topics.js';
import type { Incoming, RequestRef } from '../dialect.js';
import { type JsonObject, mayHoldEscapes } from '../json-text.js';
import { rawMember } from '../raw-member.js';
import { badFrame } from './bad-frame.js';
import type { ClientMessage } from './client-message.js';

type Reading = (message: ClientMessage) => Incoming;

/**
 * What each type of message asks of the core. Data that means nothing to us goes along unknown; a field that is missing
 * in the message is missing in the request, so that whoever checks the request finds it.
 */
const READINGS: ReadonlyMap<string, Reading> = new Map<string, Reading>([
  ['Ping', readPing],
  ['Subscribe', asking('subscribe')],
  ['Unsubscribe', asking('unsubscribe')],
  ['History', asking('topicHistory')],
  ['Presence', asking('setPresence')],
  ['PresenceQuery', asking('presenceQuery')],
  ['Auth', asking('auth')],
  ['Broadcast', readBroadcast],
  ['DirectMessage', readDirectMessage],
  // The server's own extensions: nobody else may handle them, and they are never handed on as custom ones.
  ['X-Edit', readServerExtension],
  ['X-Delete', readServerExtension],
  ['X-Reactions', readServerExtension],
  ['X-Typing', readServerExtension],
]);

const CUSTOM_PREFIX = 'X-';
const CUSTOM: PayloadType = 'custom';

/** @returns undefined where clients have no messages of this type */
export function findReading(type: string): Reading | undefined {
  return READINGS.get(type) ?? (isCustomType(type) ? readCustom : undefined);
}

function isCustomType(type: string): boolean {
  return type.startsWith(CUSTOM_PREFIX) && type.length > CUSTOM_PREFIX.length;
}

function readPing({ ref, data: { timestamp } }: ClientMessage): Incoming {
  const id = ref.id ?? undefined;
  if (timestamp === undefined) return { kind: 'ping', id };
  if (typeof timestamp !== 'number' || !Number.isFinite(timestamp)) return badFrame(ref, 'data.timestamp');
  return { kind: 'ping', id, timestamp };
}

function asking(payloadType: PayloadType): Reading {
  return (message) => request(message, { ...message.ref, payloadType }, message.data);
}

function readBroadcast(message: ClientMessage): Incoming {
  return request(message, { ...onceRef(message), payloadType: 'broadcast' }, sending(message));
}

function readDirectMessage(message: ClientMessage): Incoming {
  const { target_user: targetUser, ...payload } = sending(message);
  const target = typeof targetUser === 'string' ? { target: targetUser } : {};
  const ref: RequestRef = { ...onceRef(message), payloadType: 'directMessage', ...target };
  return request(message, ref, { ...payload, targetUser });
}

/** A `metadata` within the data is not the message's metadata. */
function sending({ data, metadata, text }: ClientMessage): JsonObject {
  return { ...data, metadata, [rawPayload]: rawMember(text, ['data', 'payload']), ...rawMetadataOf(metadata, text) };
}

function readServerExtension(message: ClientMessage): Incoming {
  const { type, data, text } = message;
  const payload = { ...data, [rawPayload]: rawMember(text, ['data', 'payload']) };
  return request(message, { ...onceRef(message), payloadType: type }, payload);
}

function readCustom(message: ClientMessage): Incoming {
  const { type, data, metadata, text } = message;
  const raw = { [rawPayload]: rawMember(text, ['data']), ...rawMetadataOf(metadata, text) };
  const ref = { ...onceRef(message), payloadType: type };
  return { ...request(message, ref, { ...data, [customType]: type, ...raw }), otherwise: CUSTOM };
}

/** Most messages have no metadata: their text is not searched for it. */
function rawMetadataOf(metadata: JsonObject | undefined, text: string): { readonly [rawMetadata]?: string } {
  return metadata === undefined ? {} : { [rawMetadata]: rawMember(text, ['metadata']) };
}

/** With a key of its own a message is recognised by that, on every connection; with an id alone, on this one. */
function onceRef({ ref, metadata }: ClientMessage): RequestRef {
  return ref.id === null || metadata?.idempotency_key !== undefined ? ref : { ...ref, isOnce: true };
}

function request(
  { text }: ClientMessage,
  ref: RequestRef,
  payload: JsonObject,
): Extract<Incoming, { kind: 'request' }> {
  return { kind: 'request', ref, payload, mayHoldEscapes: mayHoldEscapes(text) };
}

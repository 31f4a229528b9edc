import { isUtf8 } from 'node:buffer';

import type { MessageMetadata } from '../../domain/payloads.js';
import { isJsonObject, type JsonObject, mayHoldEscapes, parseJson } from '../json-text.js';
import { isClientId } from './client-id.js';

/** A newline must come within so many bytes, so that bytes which are no routing line are not searched for one. */
const MAX_LINE_BYTES = 4 * 1024;
const OPEN_BRACE = 0x7b;
const NEWLINE = 0x0a;

/** What a routing line may say, once no field is of a wrong kind. */
export interface LineFields {
  readonly topic?: string;
  readonly target_user?: string;
  readonly id?: string;
  readonly filename?: string;
  readonly stream?: string;
  readonly metadata?: MessageMetadata;
}

/** The line of JSON before the body of a binary frame, which says where the body is to go. */
export interface RoutingLine {
  readonly fields: JsonObject;
  readonly mayHoldEscapes: boolean;
  readonly body: Buffer;
}

/** @returns undefined where the payload is bare: all of it is the body, and it goes to nobody */
export function readRoutingLine(payload: Buffer): RoutingLine | undefined {
  if (payload[0] !== OPEN_BRACE) return undefined;
  const end = payload.subarray(0, MAX_LINE_BYTES).indexOf(NEWLINE);
  if (end < 0) return undefined;
  const line = payload.subarray(0, end);
  if (!isUtf8(line)) return undefined;
  const text = line.toString();
  const fields = parseJson(text);
  if (!isJsonObject(fields) || !routes(fields)) return undefined;
  return { fields, mayHoldEscapes: mayHoldEscapes(text), body: payload.subarray(end + 1) };
}

function routes(fields: JsonObject): boolean {
  return Object.hasOwn(fields, 'topic') || Object.hasOwn(fields, 'target_user');
}

/** @returns the first field of a wrong kind; the line goes to a topic or to a user, not to both */
export function faultyLineField(fields: JsonObject): keyof LineFields | undefined {
  const { topic, target_user: targetUser, id, filename, stream, metadata } = fields;
  if (!isTextOrAbsent(topic)) return 'topic';
  if (!isTextOrAbsent(targetUser) || (topic !== undefined && targetUser !== undefined)) return 'target_user';
  if (id !== undefined && !isClientId(id)) return 'id';
  if (!isTextOrAbsent(filename)) return 'filename';
  if (!isTextOrAbsent(stream)) return 'stream';
  return metadata === undefined || isJsonObject(metadata) ? undefined : 'metadata';
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

import type { BinaryRequest, PayloadType } from '../../domain/payloads.js';
import { BINARY_KINDS, type BinaryKind, type BinaryKindByte, binaryPayload } from '../../domain/topics.js';
import type { Incoming, RequestRef } from '../dialect.js';
import { badFrame, NO_REF } from './bad-frame.js';
import { isClientId } from './client-id.js';
import { faultyLineField, type LineFields, readRoutingLine, type RoutingLine } from './routing-line.js';

/** One byte of type and four of length. */
export const HEADER_BYTES = 5;
const BINARY: PayloadType = 'binary';

export function decodeBinary(data: Buffer): Incoming {
  const kindByte = data[0];
  if (kindByte !== undefined && !isKindByte(kindByte)) return badFrame(NO_REF, 'type', 'the type must be 1, 2, 3 or 4');
  if (kindByte === undefined || data.length < HEADER_BYTES) return badFrame(NO_REF, 'length', 'the header is cut off');
  const payload = data.subarray(HEADER_BYTES);
  if (data.readUInt32BE(1) !== payload.length) {
    return badFrame(NO_REF, 'length', 'the length is not that of the payload');
  }
  const kind = BINARY_KINDS[kindByte];
  const line = readRoutingLine(payload);
  return line ? decodeRouted(kind, payload, line) : decodeBare(kind, payload);
}

function decodeBare(kind: BinaryKind, payload: Buffer): Incoming {
  const request: BinaryRequest = { kind, [binaryPayload]: { payload, body: payload } };
  return { kind: 'request', ref: { id: null, payloadType: BINARY }, payload: request, mayHoldEscapes: false };
}

function decodeRouted(kind: BinaryKind, payload: Buffer, { fields, mayHoldEscapes, body }: RoutingLine): Incoming {
  const fault = faultyLineField(fields);
  if (fault !== undefined) return badFrame({ id: isClientId(fields.id) ? fields.id : null }, fault);
  const { topic, target_user: targetUser, id, filename, stream, metadata } = fields as LineFields;
  const told = { kind, topic, targetUser, id, filename, stream, metadata };
  const request: BinaryRequest = { ...told, [binaryPayload]: { payload, body, line: fields } };
  return { kind: 'request', ref: refOf(request), payload: request, mayHoldEscapes };
}

function refOf({ id, targetUser, metadata }: BinaryRequest): RequestRef {
  const ref: RequestRef = { id: id ?? null, payloadType: BINARY, target: targetUser };
  return id === undefined || metadata?.idempotency_key !== undefined ? ref : { ...ref, isOnce: true };
}

function isKindByte(byte: number): byte is BinaryKindByte {
  return byte in BINARY_KINDS;
}

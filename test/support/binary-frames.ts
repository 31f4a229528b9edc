import { createHash } from 'node:crypto';

import type { JsonObject } from './fixtures.js';
import type { RealtimeClient } from './realtime-client.js';

export const KINDS = { broadcast: 1, direct_message: 2, file_transfer: 3, stream_data: 4 } as const;
export type Kind = keyof typeof KINDS;

const HEADER_BYTES = 5;

/** A binary frame taken apart. */
export interface ReadBinaryFrame {
  readonly kindByte: number;
  /** As the header says it. */
  readonly length: number;
  readonly payload: Buffer;
  readonly line: JsonObject;
  readonly body: Buffer;
}

/** @param length what the header says, where that is not the truth */
export function binaryFrame(kindByte: number, payload: Buffer | string, length?: number): Buffer {
  const bytes = Buffer.from(payload as string);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(kindByte);
  header.writeUInt32BE(length ?? bytes.length, 1);
  return Buffer.concat([header, bytes]);
}

/** A routing line and what follows it. @param line JSON text, where it is not to be well-formed JSON of ours */
export function routedPayload(line: JsonObject | string, body: Buffer | string = ''): Buffer {
  const text = typeof line === 'string' ? line : JSON.stringify(line);
  return Buffer.concat([Buffer.from(`${text}\n`), Buffer.from(body as string)]);
}

export function readBinaryFrame(bytes: Buffer): ReadBinaryFrame {
  const payload = bytes.subarray(HEADER_BYTES);
  const end = payload.indexOf('\n');
  const line = JSON.parse(payload.subarray(0, end).toString()) as JsonObject;
  return { kindByte: bytes.readUInt8(), length: bytes.readUInt32BE(1), payload, line, body: payload.subarray(end + 1) };
}

/** As the server tells it. */
export function checksumOf(payload: Buffer | string): string {
  return `sha256:${createHash('sha256').update(payload).digest('hex')}`;
}

/** Sends a well-formed frame. @returns the details of its `Status` */
export async function sendBinary(
  client: RealtimeClient,
  kind: Kind,
  line: JsonObject,
  body: Buffer | string = '',
): Promise<Record<string, unknown>> {
  client.send(binaryFrame(KINDS[kind], routedPayload(line, body)));
  return received(client);
}

/** The details of the next `Status` that says that a binary frame has come. */
export async function received(client: RealtimeClient): Promise<Record<string, unknown>> {
  const { data } = await client.of('Status', ({ status }) => status === 'binary_received');
  return data.details as Record<string, unknown>;
}

/** The next binary frame that the client got. */
export async function binaryFrom(client: RealtimeClient): Promise<ReadBinaryFrame> {
  const { bytes = Buffer.alloc(0) } = await client.of('binary');
  return readBinaryFrame(bytes);
}

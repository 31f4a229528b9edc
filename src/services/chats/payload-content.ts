import type { MessageMetadata } from '../../domain/payloads.js';
import { rawPayload } from '../../domain/topics.js';
import { areAttachments, isJsonObject } from '../dto/attachments.js';

/** A payload as the log keeps it: whole, and beside it what readers of other dialects can be shown of it. */
export interface PayloadContent {
  readonly text?: string;
  readonly attachmentsJson?: string;
  readonly payloadJson: string;
}

/** A payload that a client sends, with the text of it where that is known. */
export interface SentPayload {
  readonly payload: unknown;
  readonly [rawPayload]?: string;
}

/** A payload is the client's own: whatever its `message` and `attachments` are, it is kept; they are taken out where they are ours. */
export function contentOf(sent: SentPayload, isOpaque: boolean): PayloadContent {
  const { payload } = sent;
  const payloadJson = sent[rawPayload] ?? JSON.stringify(payload);
  if (isOpaque || !isJsonObject(payload)) return { payloadJson };
  const { attachments } = payload;
  return {
    text: textOf(payload),
    attachmentsJson: areAttachments(attachments) ? JSON.stringify(attachments) : undefined,
    payloadJson,
  };
}

/** What a payload that is not opaque says in words. */
export function textOf(payload: unknown): string | undefined {
  if (!isJsonObject(payload)) return undefined;
  const { message } = payload;
  // An empty text says nothing.
  return typeof message === 'string' && message !== '' ? message : undefined;
}

/** Encrypted or compressed: what stands in the payload means nothing here. */
export function isOpaque({ encryption, compression }: MessageMetadata): boolean {
  return isSet(encryption) || isSet(compression);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

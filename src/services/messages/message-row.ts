import type { Call } from '../../domain/calls.js';
import type { MessageKind } from '../../domain/message.js';
import type { MessageStatus } from '../../domain/events.js';
import type { HistoryMessage, QuoteAnswer } from '../../domain/payloads.js';
import { RawJson } from '../../domain/raw-json.js';

/** A message as it stands now. `payload` to `reactions` and `call` are JSON text. */
export interface MessageRow {
  readonly number: number;
  readonly sender: string;
  readonly client_message_id: string | null;
  readonly kind: MessageKind;
  readonly text: string | null;
  readonly payload: string | null;
  readonly attachments: string | null;
  readonly forwarded: string | null;
  readonly reactions: string | null;
  readonly created_at: number;
  readonly updated_at: number | null;
  readonly deleted_at: number | null;
  /** Of a call that is not deleted: a `Call`. */
  readonly call: string | null;
  readonly quoted_number: number | null;
  readonly quoted_client_message_id: string | null;
  readonly quoted_sender: string;
  readonly quoted_text: string | null;
  readonly quoted_created_at: number;
}

/** What a message's row does not say: it depends on who reads. */
export interface ReaderView extends Pick<HistoryMessage, 'delivering'> {
  readonly reader: string;
  readonly status: MessageStatus;
}

export function toHistoryMessage(row: MessageRow, { reader, status, delivering }: ReaderView): HistoryMessage {
  return {
    messageId: row.number,
    clientMessageId: row.client_message_id ?? undefined,
    sender: row.sender,
    message: row.text ?? undefined,
    payload: row.call === null ? payloadOf(row) : callPayload(JSON.parse(row.call) as Call, reader),
    attachments: raw(row.attachments),
    replyTo: quoteOf(row),
    forwarded: raw(row.forwarded),
    type: row.kind,
    reactions: row.reactions === null ? undefined : (JSON.parse(row.reactions) as Record<string, number>),
    status,
    createdAt: row.created_at,
    updatedAt: row.updated_at ?? undefined,
    deletedAt: row.deleted_at ?? undefined,
    delivering,
  };
}

/** Where there is a text, it says what the payload says. */
function payloadOf({ text, payload }: MessageRow): RawJson | undefined {
  return text === null ? raw(payload) : undefined;
}

/** What seed 001 calls the stored payload of a call. One that is open has no status yet. */
function callPayload({ callId, callType, caller, participants, ended }: Call, reader: string) {
  return {
    direction: reader === caller ? 'outgoing' : 'incoming',
    status: ended?.status,
    callType,
    callId,
    caller,
    participants,
    callDuration: ended?.durationS ?? 0,
  };
}

function quoteOf(row: MessageRow): QuoteAnswer | undefined {
  if (row.quoted_number === null) return undefined;
  return {
    messageId: row.quoted_number,
    clientMessageId: row.quoted_client_message_id ?? undefined,
    sender: row.quoted_sender,
    message: row.quoted_text ?? undefined,
    createdAt: row.quoted_created_at,
  };
}

function raw(json: string | null): RawJson | undefined {
  return json === null ? undefined : new RawJson(json);
}

import type { Call } from '../domain/calls.js';
import type { CallAnswered, CallClosed, CallLogged, CallStarted, MemberBase, Origin } from '../domain/changes.js';
import { chatIdFor, type ChatAddress } from '../domain/chat.js';

/** A row of the calls' functions: one step that was taken, or that none was. */
export interface CallRow {
  /** 200 changed, 208 was so already, 4xx failed. */
  readonly code: 200 | 208 | 403 | 404 | 409;
  /** The payload's field at fault. */
  readonly field: string | null;
  /** Null where nothing was changed. */
  readonly step: 'started' | 'accepted' | 'declined' | 'closed' | null;
  /** Of an ending the first of its two. */
  readonly change: number;
  readonly newest: number;
  readonly at: number;
  /** Another session has changed the chat since this one did. */
  readonly after_another: boolean | null;
  /** Of a start: what the caller's `missed` is counted from, and in a dialog the other user's. */
  readonly base: number | null;
  readonly peer_base: number | null;
  /** The call's message: in its chat, and among all. Null where the call is unknown. */
  readonly number: number | null;
  readonly message_id: number | null;
  /** JSON, a `Call`. */
  readonly call: string;
  /** Who is in it. */
  readonly accepted: readonly string[];
  /** Of an answer, that gave it; null where it is not known. */
  readonly device: number | null;
}

export type CallChange = CallStarted | CallAnswered | CallClosed | CallLogged;

/** What a step has changed, in order. */
export function callChangesOf(chat: ChatAddress, origin: Origin, row: CallRow): CallChange[] {
  const message = { id: row.message_id ?? undefined, number: row.number ?? 0 };
  const call = callOf(row);
  const isAfterAnother = row.after_another ?? undefined;
  const base = { chat, origin, change: row.change, newest: row.newest, at: row.at, isAfterAnother, message, call };
  switch (row.step) {
    case 'started':
      return [{ ...base, type: 'callStarted', bases: basesOf(chat, origin, row) }];
    case 'accepted':
    case 'declined':
      return [
        { ...base, type: 'callAnswered', isAccepted: row.step === 'accepted', deviceId: row.device ?? undefined },
      ];
    case 'closed':
      return endingOf(base);
    case null:
      return [];
  }
}

export function callOf({ call }: Pick<CallRow, 'call'>): Call {
  return JSON.parse(call) as Call;
}

/** Whoever has ended it, everybody is told, also over the connection that did: the answer does not say all of it. */
function endingOf(closed: Omit<CallClosed, 'type'>): [CallClosed, CallLogged] {
  const told = { ...closed, origin: { userId: closed.call.caller } };
  return [
    { ...told, type: 'callClosed' },
    { ...told, type: 'callLogged', change: closed.change + 1, isAfterAnother: undefined },
  ];
}

function basesOf(chat: ChatAddress, { userId }: Origin, { base, peer_base }: CallRow): MemberBase[] {
  const bases = base === null ? [] : [{ userId, base }];
  return peer_base === null ? bases : [...bases, { userId: chatIdFor(chat, userId), base: peer_base }];
}

import type { Call } from '../domain/calls.js';
import type { ChatKind } from '../domain/chat.js';

/** A row of the `catch_up` function; which columns mean something depends on `what`. */
export interface CatchUpRow {
  readonly chat_id: number;
  readonly what: CatchUpWhat;
  /** The change that the row tells; for 'chat' the position reached. */
  readonly change: number;
  readonly number: number;
  /** The message's, among all messages; null for marks. */
  readonly id: number | null;
  readonly at: number;
  readonly user_id: string;
  readonly user_name: string | null;
  /** Channels only: the author's number among all users. */
  readonly user_number: number | null;
  readonly client_message_id: string | null;
  /** A message's kind, a mark's kind, how a call was answered ('accepted' or 'declined'), 'add' and 'remove' of a reaction, or what became of a channel. */
  readonly kind: string;
  /** A message's text, or a reaction. */
  readonly text: string | null;
  readonly payload: string | null;
  readonly metadata: string | null;
  readonly attachments: string | null;
  readonly forwarded: string | null;
  readonly reactions: string | null;
  /** Of a mark: the first change that it stands for. */
  readonly created_change: number;
  readonly edited_change: number | null;
  readonly deleted_change: number | null;
  readonly reacted_change: number | null;
  readonly created_at: number;
  readonly updated_at: number | null;
  readonly deleted_at: number | null;
  /** Channels only. */
  readonly thread_id: number | null;
  /** Channels only: the message reacted to has no text. */
  readonly textless: boolean | null;
  /** JSON: for 'chat' a `ChatDetail`, for 'new' the message answered to, for calls a `CallDetail`, for 'described' a `ChannelRow`, for 'thread' a `Thread`. */
  readonly detail: string | null;
}

/**
 * 'closed' is told of calls that are over, beside their messages, and 'answered' of one that is not and that the viewer has answered.
 * 'described' and 'thread' are for followers of channels; they are told neither 'removed' nor 'marked' nor 'state'. */
export type CatchUpWhat =
  | 'chat'
  | 'removed'
  | 'new'
  | 'edited'
  | 'deleted'
  | 'reacted'
  | 'closed'
  | 'answered'
  | 'marked'
  | 'state'
  | 'described'
  | 'thread';

/** A call as it is now. */
export interface CallDetail {
  readonly call: Call;
  /** ms; null while it is open. */
  readonly closedAt: number | null;
  /** For the viewer; for the caller, that the others can still accept it. */
  readonly rings: boolean;
  /** The viewer's device that has accepted or declined it; null where none has. */
  readonly answeredBy: number | null;
}

/** What a chat is, and how its viewer stands in it. */
export interface ChatDetail {
  readonly kind: ChatKind;
  readonly publicId: string | null;
  readonly name: string | null;
  readonly userA: string | null;
  readonly userB: string | null;
  readonly readTo: number;
  /** The viewer's own messages above its read mark, up to the number that was read from. */
  readonly ownSinceRead: number;
  /** Messages of others above the read mark, up to the newest. */
  readonly missed: number;
  /** The head is further than this page. */
  readonly more: boolean;
}

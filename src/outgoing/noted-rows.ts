import type { CallStatus, CallType } from '../domain/calls.js';
import type { ChatKind, MemberRole } from '../domain/chat.js';

/** What the log has of the changes that notes are about, as the database answers it. */

export interface ChatRow {
  readonly id: number;
  readonly kind: ChatKind;
  readonly public_id: string | null;
  readonly user_a: string | null;
  readonly user_b: string | null;
  readonly name: string | null;
  readonly photo_url: string | null;
  readonly description: string | null;
  readonly is_deleted: boolean;
  readonly member_count: number;
}

export interface MemberRow {
  readonly chat_id: number;
  readonly user_id: string;
  readonly role: MemberRole;
  readonly joined_number: number;
}

interface NotedRow {
  readonly note_id: number;
  readonly chat_id: number;
}

export interface MessageRow extends NotedRow {
  readonly what: 'sent' | 'edited' | 'deleted';
  readonly change: number;
  readonly at: number;
  readonly number: number;
  readonly id: number;
  readonly sender: string;
  readonly client_message_id: string | null;
  readonly thread_id: number | null;
  readonly text: string | null;
  readonly attachments: string | null;
  readonly reply_to: number | null;
  readonly created_at: number;
  readonly updated_at: number | null;
  readonly deleted_at: number | null;
}

export type ReactionRow = NotedRow &
  Pick<MessageRow, 'change' | 'at' | 'number' | 'id' | 'sender' | 'client_message_id' | 'thread_id'> & {
    readonly user_id: string;
    readonly reaction: string;
    readonly adding: boolean;
    readonly reactions: string | null;
  };

export interface CallRow extends NotedRow {
  readonly what: 'started' | 'ended';
  readonly change: number;
  readonly at: number;
  readonly number: number;
  readonly call_id: string;
  readonly caller: string;
  readonly call_type: CallType;
  readonly started_at: number;
  readonly duration: number;
  readonly status: CallStatus | null;
}

/** The chat itself was changed: what describes a channel, or name, photo, members and roles of whichever chat. */
export interface ChatChangeRow extends NotedRow {
  readonly what: 'chat' | 'channel';
  readonly change: number;
  readonly at: number;
}

export interface UserRow {
  readonly note_id: number;
  readonly number: number;
  readonly id: string;
  readonly name: string | null;
  readonly at: number;
}

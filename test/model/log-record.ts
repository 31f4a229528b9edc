import type { Pool } from 'pg';
import { CALLS_OF_CHAT, type LoggedCall } from './call-record.js';

export interface LoggedMessage {
  /** Among all messages. */
  readonly id: number;
  readonly number: number;
  readonly kind: 'new' | 'call';
  readonly sender: string;
  readonly clientMessageId?: string;
  readonly text?: string;
  /** JSON, as a realtime client sent it. */
  readonly payload?: string;
  readonly isUrgent?: boolean;
  readonly attachments?: unknown;
  readonly replyTo?: number;
  readonly threadId?: number;
  readonly reactions: Readonly<Record<string, number>>;
  readonly createdChange: number;
  readonly editedChange?: number;
  readonly deletedChange?: number;
  readonly reactedChange?: number;
  readonly createdAt: number;
  readonly updatedAt?: number;
  readonly deletedAt?: number;
}

export interface LoggedMember {
  readonly userId: string;
  readonly isIn: boolean;
  readonly joinedChange: number;
  readonly joinedNumber: number;
  readonly dlvrdTo: number;
  readonly readTo: number;
  readonly sent: number;
  readonly sentAtRead: number;
}

export interface LoggedMark {
  readonly userId: string;
  readonly kind: 'dlvrd' | 'read';
  readonly upTo: number;
  readonly prev: number;
  readonly at: number;
  readonly change: number;
}

export interface LoggedReaction {
  readonly number: number;
  readonly userId: string;
  readonly reaction: string;
  readonly adding: boolean;
  readonly change: number;
}

export interface LoggedThread {
  readonly id: number;
  readonly sourceChatId: number;
  readonly creator: string;
  readonly name: string;
  readonly change: number;
}

/** One chat as PostgreSQL has it. */
export interface LoggedChat {
  readonly id: number;
  readonly kind: 'dialog' | 'favorites' | 'group' | 'channel';
  readonly publicId?: string;
  readonly userA?: string;
  readonly userB?: string;
  readonly name?: string;
  readonly newestChange: number;
  readonly newestNumber: number;
  readonly messages: readonly LoggedMessage[];
  readonly members: readonly LoggedMember[];
  readonly marks: readonly LoggedMark[];
  readonly reactions: readonly LoggedReaction[];
  readonly threads?: readonly LoggedThread[];
  readonly calls: readonly LoggedCall[];
}

/** Where a device began in a chat when it was first seen. */
export interface DeviceStart {
  readonly chatId: number;
  readonly number: number;
  readonly change: number;
}

/** Reads the truth past the server, in one snapshot: the chats of the users, and channels by their ids. */
export async function readLog(
  pool: Pool,
  users: readonly string[],
  channelIds: readonly number[] = [],
): Promise<readonly LoggedChat[]> {
  const { rows } = await pool.query<{ chats: readonly Nullable<LoggedChat>[] | null }>(CHATS, [users, channelIds]);
  return (rows[0]?.chats ?? []).map((chat) => withoutNulls(chat) as LoggedChat);
}

/**
 * Where the device stands, if the server has heard of it. Asked just after the device's first visit has begun, this is
 * where it began or a little beyond.
 */
export async function readDeviceStart(
  pool: Pool,
  device: { readonly userId: string; readonly dialect: string; readonly name: string },
): Promise<readonly DeviceStart[] | undefined> {
  const { rows } = await pool.query<{ starts: readonly DeviceStart[] }>(STARTS, [
    device.userId,
    device.dialect,
    device.name,
  ]);
  return rows[0]?.starts;
}

type Nullable<T> = { readonly [K in keyof T]: T[K] | null };

/** Columns without a value are absent, as fields of frames are. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNulls(member)]),
  );
}

const listOf = (columns: string, from: string, order: string): string =>
  `(select coalesce(json_agg(json_build_object(${columns}) order by ${order}), '[]') from ${from} where chat_id = c.id)`;

const CHATS = `
  select json_agg(json_build_object(
      'id', c.id, 'kind', c.kind, 'publicId', c.public_id, 'userA', c.user_a, 'userB', c.user_b, 'name', c.name,
      'newestChange', h.newest_change, 'newestNumber', h.newest_number,
      'messages', ${listOf(
        `'id', id, 'number', number, 'kind', kind, 'sender', sender, 'clientMessageId', client_message_id, 'text', text,
         'payload', payload, 'isUrgent', urgent, 'attachments', attachments::json, 'replyTo', reply_to, 'threadId', thread_id, 'reactions', coalesce(reactions, '{}')::json,
         'createdChange', created_change, 'editedChange', edited_change, 'deletedChange', deleted_change,
         'reactedChange', reacted_change, 'createdAt', created_at, 'updatedAt', updated_at, 'deletedAt', deleted_at`,
        'messages',
        'number',
      )},
      'members', ${listOf(
        `'userId', user_id, 'isIn', left_change is null, 'joinedChange', joined_change, 'joinedNumber', joined_number,
         'dlvrdTo', dlvrd_to, 'readTo', read_to, 'sent', sent, 'sentAtRead', sent_at_read`,
        'members',
        'user_id',
      )},
      'marks', ${listOf(
        `'userId', user_id, 'kind', kind, 'upTo', up_to, 'prev', prev, 'at', at, 'change', change`,
        'marks',
        'change',
      )},
      'reactions', ${listOf(
        `'number', number, 'userId', user_id, 'reaction', reaction, 'adding', adding, 'change', change`,
        'reactions',
        'change',
      )},
      'threads', ${listOf(
        `'id', id, 'sourceChatId', message_id, 'creator', creator, 'name', name, 'change', change`,
        'threads',
        'change',
      )}, 'calls', ${CALLS_OF_CHAT}) order by c.id) as chats
    from chats c join heads h on h.chat_id = c.id
    where c.id = any ($2) or exists (select from members where chat_id = c.id and user_id = any ($1))`;

const STARTS = `
  select (
      select coalesce(json_agg(json_build_object('chatId', m.chat_id, 'number', m.dlvrd_to, 'change', h.newest_change)), '[]')
        from members m join heads h on h.chat_id = m.chat_id where m.user_id = d.user_id) as starts
    from devices d where d.user_id = $1 and d.dialect = $2 and d.name = $3`;

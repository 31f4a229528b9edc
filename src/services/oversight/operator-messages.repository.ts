import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { ChatKind } from '../../domain/chat.js';
import type { MessageKind } from '../../domain/message.js';
import { chatOf } from './chat-of.js';
import type { StoredMessage } from './stored-message.js';

/** Messages that one page looks through. Nothing but its number finds a message among all: that would cost every message that is sent. */
export const MESSAGES_LOOKED_THROUGH = 50_000;

/** All that is given must be so; bounds are numbers among all messages, both exclusive. */
export interface MessageFilter {
  readonly sender?: string;
  readonly chatId?: number;
  /** Full text, as search engines take it. */
  readonly query?: string;
  readonly below?: number;
  readonly above?: number;
  /** ms since the epoch, both exclusive. */
  readonly beforeTime?: number;
  readonly afterTime?: number;
}

export interface FoundMessages {
  readonly messages: readonly StoredMessage[];
  /** How far down was looked; undefined: to the end. */
  readonly lookedDownTo?: number;
}

interface Row {
  readonly id: number;
  readonly chat_id: number;
  readonly chat_kind: ChatKind;
  readonly public_id: string | null;
  readonly user_a: string | null;
  readonly user_b: string | null;
  readonly chat_name: string | null;
  readonly number: number;
  readonly sender: string;
  readonly kind: MessageKind;
  readonly client_message_id: string | null;
  readonly text: string | null;
  readonly payload: string | null;
  readonly attachments: string | null;
  readonly thread_id: number | null;
  readonly created_at: number;
  readonly updated_at: number | null;
  readonly deleted_at: number | null;
}

/** Messages of all chats, for operators. */
@Injectable()
export class OperatorMessagesRepository {
  constructor(private readonly database: Database) {}

  /** The newest first. A page looks through so many messages and no more, and may hold fewer than it is asked for though there are more. */
  async find(filter: MessageFilter, limit: number): Promise<FoundMessages> {
    const lookedDownTo = isPassingOver(filter) ? await this.floorOf(filter) : undefined;
    const above = lookedDownTo === undefined ? filter.above : lookedDownTo - 1;
    const { sql, parameters } = findStatement({ ...filter, above }, limit);
    const rows = await this.database.query<Row>(sql, parameters);
    return { messages: rows.map(messageOf), lookedDownTo };
  }

  async one(id: number): Promise<StoredMessage | undefined> {
    const [row] = await this.database.query<Row>(ONE, [id]);
    return row && messageOf(row);
  }

  /** @returns the number among all messages of the first message that is not older; 1 more than the newest where all are */
  async placeOf(time: number): Promise<number> {
    const [row] = await this.database.query<{ place: number }>(PLACE_OF_TIME, [time]);
    return row?.place ?? 1;
  }

  private async floorOf({ chatId, below, above }: MessageFilter): Promise<number | undefined> {
    const [stop] = await this.database.query<{ id: number }>(chatId === undefined ? FLOOR : FLOOR_IN_CHAT, [
      below ?? null,
      above ?? null,
      MESSAGES_LOOKED_THROUGH - 1,
      ...(chatId === undefined ? [] : [chatId]),
    ]);
    return stop?.id;
  }
}

/** Whether a page may have to look at more messages than it shows. */
function isPassingOver({ sender, query, beforeTime, afterTime }: MessageFilter): boolean {
  return [sender, query, beforeTime, afterTime].some((wanted) => wanted !== undefined);
}

function messageOf(row: Row): StoredMessage {
  return {
    id: row.id,
    chat: chatOf({ ...row, id: row.chat_id, kind: row.chat_kind, name: row.chat_name }),
    number: row.number,
    sender: row.sender,
    kind: row.kind,
    clientMessageId: row.client_message_id ?? undefined,
    text: row.text ?? undefined,
    payloadJson: row.payload ?? undefined,
    attachmentsJson: row.attachments ?? undefined,
    threadId: row.thread_id ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at ?? undefined,
    deletedAt: row.deleted_at ?? undefined,
  };
}

const COLUMNS = `
  m.id, m.chat_id, c.kind as chat_kind, c.public_id, c.user_a, c.user_b, c.name as chat_name, m.number, m.sender, m.kind,
  m.client_message_id, m.text, m.payload, m.attachments, m.thread_id, m.created_at, m.updated_at, m.deleted_at`;

const ONE = `select ${COLUMNS} from messages m join chats c on c.id = m.chat_id where m.id = $1`;

/** The last of those that are looked through, where there are more. */
const FLOOR = `
  select id from messages where ($1::bigint is null or id < $1) and ($2::bigint is null or id > $2)
    order by id desc offset $3 limit 1`;

/** In a chat both numbers go up together, and only its own has an index there. */
const FLOOR_IN_CHAT = `
  select id from messages where chat_id = $4 and ($1::bigint is null or id < $1) and ($2::bigint is null or id > $2)
    order by number desc offset $3 limit 1`;

type Condition = readonly [condition: ($: string) => string, value: unknown];

function findStatement(filter: MessageFilter, limit: number): { sql: string; parameters: readonly unknown[] } {
  const conditions = conditionsOf(filter).filter(([, value]) => value !== undefined);
  const where = ['true', ...conditions.map(([condition], index) => condition(`$${index + 2}`))].join(' and ');
  const newestFirst = filter.chatId === undefined ? 'id desc' : 'number desc';
  const sql = `
  select ${COLUMNS} from (
    select * from messages m where ${where} order by m.${newestFirst} limit $1) m
    join chats c on c.id = m.chat_id
    order by m.id desc`;
  return { sql, parameters: [limit, ...conditions.map(([, value]) => value)] };
}

function conditionsOf({ chatId, below, above, sender, query, beforeTime, afterTime }: MessageFilter): Condition[] {
  return [
    [($) => `m.chat_id = ${$}::bigint`, chatId],
    [($) => `m.id < ${$}::bigint`, below],
    [($) => `m.id > ${$}::bigint`, above],
    [($) => `m.sender = ${$}::text`, sender],
    [($) => `m.created_at < ${$}::bigint`, beforeTime],
    [($) => `m.created_at > ${$}::bigint`, afterTime],
    [($) => `searched_text(m.text) @@ websearch_to_tsquery('simple', ${$})`, query],
  ];
}

/** Numbers go up as times do, so a time's place is found by halving: some thirty probes of an index, however many there are. */
const PLACE_OF_TIME = `
  with recursive halving (older, newer) as (
    select 0::bigint, coalesce((select max(id) from messages), 0) + 1
    union all
    select case when f.created_at < $1::bigint then greatest(h.middle, least(f.id, h.newer - 1)) else h.older end,
        case when f.created_at < $1::bigint then h.newer else h.middle end
      from (select older, newer, (older + newer) / 2 as middle from halving where newer - older > 1) h
      left join lateral (select id, created_at from messages where id >= h.middle order by id limit 1) f on true
  )
  select newer as place from halving where newer - older <= 1`;

import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { shownPayload } from '../../domain/shown-payload.js';
import type { TopicHistoryMessage } from '../../domain/payloads.js';
import { MAX_PAGE_BYTES } from '../chats/page-bytes.js';

/** What a message counts, its contents apart: names, ids and times. */
const MESSAGE_BYTES = 300;

/** Where a reader wants to read: messages by their numbers among all, and a time, ms. */
export interface Anchors {
  readonly before?: number;
  readonly after?: number;
  readonly since?: number;
}

/** The same as numbers in the chat. */
export interface ReaderPlace {
  /** Messages up to this number are not the reader's to see. */
  readonly joined: number;
  /** Null where the reader may see no such message, or has named none. */
  readonly before: number | null;
  readonly after: number | null;
  /** The newest message that is older than the time; `joined` where no time was named. */
  readonly since: number;
}

/** Part of a chat's messages. */
export interface Range {
  /** Both exclusive. */
  readonly above: number;
  readonly below: number;
  /** Which of them come first when there are more than fit. */
  readonly first: 'oldest' | 'newest';
  readonly limit: number;
}

/** `id` is the message's number among all. */
export type ChatHistoryMessage = Omit<TopicHistoryMessage, 'id' | 'topic'> & { readonly id: number };

export interface ChatHistoryPage {
  /** Oldest first. */
  readonly messages: readonly ChatHistoryMessage[];
  readonly hasMore: boolean;
  /** The number in the chat of the first one; absent where there is none. */
  readonly oldest?: number;
}

/** The messages of a chat as the history of its topic shows them. */
@Injectable()
export class ChatHistoryRepository {
  constructor(private readonly database: Database) {}

  /** `undefined` where the reader is not in the chat. */
  async placeOf(chatId: number, reader: string, anchors: Anchors): Promise<ReaderPlace | undefined> {
    const { before = null, after = null, since = null } = anchors;
    const [place] = await this.database.query<ReaderPlace>(MEMBERS_PLACE, [chatId, before, after, since, reader]);
    return place;
  }

  /** The same of whoever reads a channel without having joined it: sees all of it. `undefined` where it was deleted. */
  async placeOfVisitor(channelId: number, anchors: Anchors): Promise<ReaderPlace | undefined> {
    const { before = null, after = null, since = null } = anchors;
    const [place] = await this.database.query<ReaderPlace>(VISITORS_PLACE, [channelId, before, after, since]);
    return place;
  }

  /** Ends early at `MAX_PAGE_BYTES`, but never without a message where there is one. Deleted messages are left out. */
  async page(chatId: number, { above, below, first, limit }: Range): Promise<ChatHistoryPage> {
    const sql = first === 'oldest' ? OLDEST_FIRST : NEWEST_FIRST;
    const rows = await this.database.query<Row>(sql, [chatId, above, below, limit]);
    const [oldest] = rows;
    return {
      messages: rows.map(toMessage),
      hasMore: oldest !== undefined && oldest.found > rows.length,
      oldest: oldest?.number,
    };
  }
}

interface Row {
  readonly number: number;
  readonly id: number;
  readonly sender: string;
  readonly text: string | null;
  readonly payload: string | null;
  readonly metadata: string | null;
  readonly attachments: string | null;
  readonly created_at: number;
  /** How many there are, of one more than were asked for. */
  readonly found: number;
}

function toMessage({ id, sender, text, payload, metadata, attachments, created_at }: Row): ChatHistoryMessage {
  const shown = {
    payloadJson: payload ?? undefined,
    text: text ?? undefined,
    attachmentsJson: attachments ?? undefined,
  };
  const payloadJson = shownPayload(shown);
  return { id, sender, payloadJson, metadataJson: metadata ?? undefined, at: created_at };
}

const MEMBERS_PLACE = placeSql(`
    select m.joined_number, h.newest_number from members m join heads h on h.chat_id = m.chat_id
      where m.chat_id = $1 and m.user_id = $5 and m.left_change is null`);

const VISITORS_PLACE = placeSql(`
    select 0::bigint as joined_number, h.newest_number from chats c join heads h on h.chat_id = c.id
      where c.id = $1 and c.kind = 'channel' and c.deleted_change is null`);

/** Numbers are dense and times never go back, so the time's place is found by halving: no chat is too long for that. */
function placeSql(reader: string): string {
  return `
  with recursive reader as (${reader}
  ), search (older, newest) as (
    select joined_number, newest_number from reader where $4::bigint is not null
    union all
    select case when m.created_at < $4 then s.middle else s.older end,
        case when m.created_at < $4 then s.newest else s.middle - 1 end
      from (select older, newest, (older + newest + 1) / 2 as middle from search where older < newest) s
      join messages m on m.chat_id = $1 and m.number = s.middle
  )
  select r.joined_number as joined, ${numberOf('$2')} as before, ${numberOf('$3')} as after,
      coalesce((select older from search where older = newest), r.joined_number) as since
    from reader r`;
}

function numberOf(id: string): string {
  return `(select number from messages where id = ${id}::bigint and chat_id = $1 and number > r.joined_number)`;
}

const OLDEST_FIRST = pageSql('asc');
const NEWEST_FIRST = pageSql('desc');

/** Sizes are taken without reading the texts themselves, so only what goes out is fetched. */
function pageSql(direction: 'asc' | 'desc'): string {
  return `
  select number, id, sender, text, payload, metadata, attachments, created_at, found from (
    select m.*, row_number() over nearest_first as place, count(*) over () as found,
        sum(${MESSAGE_BYTES} + ${['payload', 'metadata'].map(sizeOf).join(' + ')}
          + case when m.payload is null then ${['text', 'attachments'].map(sizeOf).join(' + ')} else 0 end)
          over nearest_first as bytes
      from (
        select * from messages
          where chat_id = $1 and number > $2 and number < $3 and kind = 'new' and deleted_at is null
          order by number ${direction} limit $4::integer + 1) m
      window nearest_first as (order by m.number ${direction})) p
    where place <= $4 and (place = 1 or bytes <= ${MAX_PAGE_BYTES})
    order by number`;
}

function sizeOf(column: string): string {
  return `coalesce(octet_length(m.${column}), 0)`;
}

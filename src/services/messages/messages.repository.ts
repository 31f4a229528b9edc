import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { MAX_PAGE_BYTES } from '../chats/page-bytes.js';
import type { OtherMember } from './audience.js';
import type { MessageRow } from './message-row.js';

/** What a message counts, its contents apart: names, numbers and times. */
const MESSAGE_BYTES = 400;
/** What one entry of `delivering` counts, the user's id apart. */
const RECEIPT_BYTES = 65;

/** How a reader stands in a chat. */
export interface ReaderPlace {
  /** Messages up to this number are not the reader's to see. */
  readonly joinedNumber: number;
  readonly dlvrdTo: number;
  readonly readTo: number;
  readonly members: number;
  /** What the list of everybody's receipts adds to a message of one's own; 0 in large chats. */
  readonly receiptBytes: number;
}

/** Part of a chat's messages. */
export interface Range {
  readonly chatId: number;
  /** Both exclusive. */
  readonly above: number;
  readonly below: number;
  /** Which of them come first when there are more than fit. */
  readonly first: 'oldest' | 'newest';
  readonly count: number;
  readonly reader: string;
  readonly receiptBytes: number;
}

export interface MessagePage {
  /** Oldest first. */
  readonly rows: readonly MessageRow[];
  readonly more: boolean;
}

@Injectable()
export class MessagesRepository {
  constructor(private readonly database: Database) {}

  /** `undefined` where the reader is not in the chat. */
  async placeOf(chatId: number, reader: string, receiptMembers: number): Promise<ReaderPlace | undefined> {
    const [place] = await this.database.query<ReaderPlace>(PLACE, [chatId, reader, receiptMembers]);
    return place;
  }

  /** Ends early at `MAX_PAGE_BYTES`, but never without a message where there is one. */
  async page({ chatId, above, below, first, count, reader, receiptBytes }: Range): Promise<MessagePage> {
    const rows = await this.database.query<MessageRow & { readonly found: number }>(
      first === 'oldest' ? OLDEST_FIRST : NEWEST_FIRST,
      [chatId, above, below, count, reader, receiptBytes],
    );
    return { rows, more: rows[0] !== undefined && rows[0].found > rows.length };
  }

  /**
   * What came with the message beside its payload, as JSON text; `undefined` where it is none of the reader's to see.
   *
   * @param reader absent: a visitor of a channel, who may see all of it
   */
  async metadataOf(
    chatId: number,
    number: number,
    reader?: string,
  ): Promise<{ readonly metadata: string | null } | undefined> {
    const [row] = await this.database.query<{ metadata: string | null }>(METADATA, [chatId, number, reader ?? null]);
    return row;
  }

  /** JSON: how many users react how. */
  async reactionsOf(chatId: number, number: number): Promise<string> {
    const [row] = await this.database.query<{ reactions: string | null }>(REACTIONS, [chatId, number]);
    return row?.reactions ?? '{}';
  }

  /** How far the others that are in the chat now have got. */
  others(chatId: number, reader: string): Promise<readonly OtherMember[]> {
    return this.database.query<OtherMember>(OTHERS, [chatId, reader]);
  }
}

const PLACE = `
  select m.joined_number as "joinedNumber", m.dlvrd_to as "dlvrdTo", m.read_to as "readTo", h.members,
      (select coalesce(sum(octet_length(o.user_id) + ${RECEIPT_BYTES}), 0) from members o
        where h.members <= $3 and o.chat_id = m.chat_id and o.left_change is null) as "receiptBytes"
    from members m join heads h on h.chat_id = m.chat_id
    where m.chat_id = $1 and m.user_id = $2 and m.left_change is null`;

const METADATA = `
  select m.metadata from messages m where m.chat_id = $1 and m.number = $2 and ($3::text is null or exists (
    select from members r
      where r.chat_id = m.chat_id and r.user_id = $3 and r.left_change is null and m.number > r.joined_number))`;

const REACTIONS = 'select reactions from messages where chat_id = $1 and number = $2';

const OTHERS = `
  select joined_number as "joinedNumber", dlvrd_to as "dlvrdTo", read_to as "readTo" from members
    where chat_id = $1 and user_id <> $2 and left_change is null`;

const OLDEST_FIRST = pageSql('asc');
const NEWEST_FIRST = pageSql('desc');

/** Sizes are taken without reading the texts themselves, so only what goes out is fetched. */
function pageSql(direction: 'asc' | 'desc'): string {
  return `
  select * from (
    select r.*, sum(r.size) over (order by r.place) as bytes, count(*) over () as found
      from (
        select m.number, m.sender, m.client_message_id, m.kind, m.text, m.payload, m.attachments, m.forwarded, m.reactions,
            m.created_at, m.updated_at, m.deleted_at, m.call,
            q.number as quoted_number, q.client_message_id as quoted_client_message_id, q.sender as quoted_sender,
            q.text as quoted_text, q.created_at as quoted_created_at,
            row_number() over (order by m.number ${direction}) as place,
            ${MESSAGE_BYTES} + case when m.sender = $5 then $6::bigint else 0 end
              + ${['m.text', 'm.payload', 'm.attachments', 'm.forwarded', 'm.reactions', 'm.call', 'q.text'].map(sizeOf).join(' + ')} as size
          from (
            select *, case when kind = 'call' and deleted_at is null then call_of_message(chat_id, number) end as call
              from messages where chat_id = $1 and number > $2 and number < $3
              order by number ${direction} limit $4::integer + 1) m
          left join messages q on q.chat_id = m.chat_id and q.number = m.reply_to) r) p
    where place <= $4 and (place = 1 or bytes <= ${MAX_PAGE_BYTES})
    order by number`;
}

function sizeOf(column: string): string {
  return `coalesce(octet_length(${column}), 0)`;
}

import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import type { MemberRole } from '../../domain/chat.js';
import type { ChatItem, ChatMeta } from '../../domain/payloads.js';
import { type ChatRow, chatRowsOf, toChatItem } from './chat-row.js';
import type { ActivityPlace } from './cursor.js';
import { MAX_PAGE_BYTES } from './page-bytes.js';

/** What an item counts, the text of its last message apart. */
const ITEM_BYTES = 700;

export interface ChatPage {
  readonly chats: readonly ChatItem[];
  /** Where the next page begins, if there is one. */
  readonly next?: ActivityPlace;
}

export interface ChatDetails {
  readonly item: ChatItem;
  readonly createdAt: number;
  readonly owner?: string;
}

export type Participant = ChatMeta['participants'][number];

/** Chats as one reader sees them, and only those that the reader is in. */
@Injectable()
export class ChatsRepository {
  constructor(private readonly database: Database) {}

  /** Newest activity first. Dialogs without a message are left out. */
  async page(reader: string, below: ActivityPlace | undefined, limit: number): Promise<ChatPage> {
    const rows = await this.database.query<ChatRow & { readonly found: number }>(PAGE, [
      reader,
      below?.at ?? null,
      below?.chatId ?? null,
      limit,
    ]);
    const last = rows.at(-1);
    const next = last && last.found > rows.length ? { at: last.activity, chatId: last.chat_id } : undefined;
    return { chats: rows.map(toChatItem), next };
  }

  /** `undefined` where the reader is not in the chat. */
  async details(chatId: number, reader: string): Promise<ChatDetails | undefined> {
    const [row] = await this.database.query<ChatRow & { readonly owner: string | null }>(DETAILS, [reader, chatId]);
    return row && { item: toChatItem(row), createdAt: row.created_at, owner: row.owner ?? undefined };
  }

  /** In the order of their ids, from the one after `after`. */
  async participants(chatId: number, after: string | undefined, limit: number): Promise<readonly Participant[]> {
    const rows = await this.database.query<{ user_id: string; role: MemberRole; name: string | null }>(PARTICIPANTS, [
      chatId,
      after ?? null,
      limit,
    ]);
    return rows.map((row) => ({ userId: row.user_id, role: row.role, name: row.name ?? undefined }));
  }
}

const PAGE_ROWS = chatRowsOf(`
    select mine.* from mine join chats c on c.id = mine.chat_id
      where (c.public_id is not null or mine.newest_number > 0)
        and ($2::bigint is null or (mine.activity, mine.chat_id) < ($2::bigint, $3::bigint))
      order by mine.activity desc, mine.chat_id desc limit $4::integer + 1`);

const PAGE = `
  select * from (
    select r.*, row_number() over newest_first as place, count(*) over () as found,
        sum(coalesce(octet_length(r.last_text), 0) + ${ITEM_BYTES}) over newest_first as bytes
      from (${PAGE_ROWS}) r
      window newest_first as (order by r.activity desc, r.chat_id desc)) p
    where place <= $4 and (place = 1 or bytes <= ${MAX_PAGE_BYTES})
    order by place`;

const DETAILS = `
  select r.*, (
      select user_id from members
        where chat_id = r.chat_id and role = 'owner' and left_change is null and r.kind in ('group', 'channel') limit 1) as owner
    from (${chatRowsOf('select * from mine where chat_id = $2')}) r`;

const PARTICIPANTS = `
  select m.user_id, m.role, u.name from members m left join users u on u.id = m.user_id
    where m.chat_id = $1 and m.left_change is null and ($2::text is null or m.user_id > $2)
    order by m.user_id limit $3`;

import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import type { ChannelChat } from '../../domain/payloads.js';
import { MESSAGE_COLUMNS, type MessageRow, type ShownMessage, toShownMessage } from './message-rows.js';
import { type MessageFilter, messagesStatement, type Page } from './messages-statement.js';

/** Who reacted how: by reaction, users by their numbers in the order in which they reacted. */
export interface Reactions {
  readonly reactions: Readonly<Record<string, number>>;
  readonly reactingUsers: Readonly<Record<string, readonly number[]>>;
}

/** Messages as channels show them: those that have a text and are not deleted, whatever they were written in. */
@Injectable()
export class ChannelMessagesRepository {
  constructor(private readonly database: Database) {}

  /** By its number among all messages. `undefined` also for messages of dialogs and groups. */
  async find(id: number): Promise<ShownMessage | undefined> {
    const [row] = await this.database.query<MessageRow>(ONE, [id]);
    return row && toShownMessage(row);
  }

  /** Newest first. A page may be as large as its messages are: it never leaves a server but over REST. */
  async page(filter: MessageFilter, page: Page): Promise<readonly ChannelChat[]> {
    const { sql, parameters } = messagesStatement(filter, page);
    const rows = await this.database.query<MessageRow>(sql, parameters);
    return rows.map((row) => toShownMessage(row).chat);
  }

  /**
   * Where among all messages a time is: the least number from which on they are not older than it.
   * Exact within a channel; between channels it may be off by as long as a message took to be committed.
   */
  async placeOf(time: number): Promise<number> {
    const [row] = await this.database.query<{ place: number }>(PLACE_OF_TIME, [time]);
    return row?.place ?? 1;
  }

  /** Of a shown message. @param number in the channel */
  async reactions(channelId: number, number: number): Promise<Reactions> {
    const rows = await this.database.query<{ reaction: string; users: number[] }>(REACTIONS, [channelId, number]);
    return {
      // Not by assignment, for which a reaction named `__proto__` would be no key.
      reactions: Object.fromEntries(rows.map(({ reaction, users }) => [reaction, users.length])),
      reactingUsers: Object.fromEntries(rows.map(({ reaction, users }) => [reaction, users])),
    };
  }
}

const ONE = `
  select ${MESSAGE_COLUMNS} from messages m join shown_messages s on s.chat_id = m.chat_id and s.id = m.id
    where m.id = $1`;

/** Numbers go up as times do, so a time's place is found by halving: some twenty probes of an index, however many there are. */
const PLACE_OF_TIME = `
  with recursive halving (older, newer) as (
    select 0::bigint, coalesce((select id from shown_messages order by -id limit 1), 0) + 1
    union all
    select case when f.created_at < $1::bigint then greatest(h.middle, least(f.id, h.newer - 1)) else h.older end,
        case when f.created_at < $1::bigint then h.newer else h.middle end
      from (select older, newer, (older + newer) / 2 as middle from halving where newer - older > 1) h
      left join lateral (
        select id, created_at from shown_messages where -id <= -h.middle order by -id desc limit 1) f on true
  )
  select newer as place from halving where newer - older <= 1`;

/** Kinds in the order in which they came, as the log counts them. */
const REACTIONS = `
  select r.reaction, json_agg(u.number order by r.change) as users
    from reactions r join users u on u.id = r.user_id
    where r.chat_id = $1 and r.number = $2 and r.adding
    group by r.reaction order by min(r.change)`;

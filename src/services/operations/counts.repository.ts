import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { ChatKind } from '../../domain/chat.js';

/** Up to so many messages are counted, which takes some 10 ms; of more the database's statistics are read. */
const MAX_COUNTED = 100_000;

export interface Counts {
  readonly users: number;
  readonly chats: Readonly<Record<ChatKind, number>>;
  readonly messages: { readonly count: number; readonly isEstimate: boolean };
  /** Open ones. */
  readonly calls: number;
  readonly topics: number;
  readonly databaseBytes: number;
}

interface Row extends Readonly<Record<ChatKind, number>> {
  readonly users: number;
  readonly counted: number;
  readonly estimated: number;
  readonly calls: number;
  readonly topics: number;
  readonly bytes: number;
}

/** How much there is of everything. */
@Injectable()
export class CountsRepository {
  constructor(private readonly database: Database) {}

  async read(): Promise<Counts> {
    const [row] = await this.database.query<Row>(COUNTS, [MAX_COUNTED]);
    if (!row) throw new Error('counts answered nothing');
    const { users, dialog, favorites, group, channel, counted, estimated, calls, topics, bytes } = row;
    const isEstimate = counted > MAX_COUNTED;
    return {
      users,
      chats: { dialog, favorites, group, channel },
      messages: { count: isEstimate ? Math.max(estimated, counted) : counted, isEstimate },
      calls,
      topics,
      databaseBytes: bytes,
    };
  }
}

/** There are far fewer users and chats than messages: a million of either is counted in some 100 ms. */
const COUNTS = `
  select (select count(*) from users where seen) as users,
      (select count(*) from (select from messages limit $1::integer + 1) m) as counted,
      (select reltuples::bigint from pg_class where oid = 'messages'::regclass) as estimated,
      (select count(*) from calls where closed_change is null) as calls,
      (select count(*) from topic_heads) as topics,
      pg_database_size(current_database()) as bytes,
      c.*
    from (
      select count(*) filter (where kind = 'dialog') as dialog, count(*) filter (where kind = 'favorites') as favorites,
          count(*) filter (where kind = 'group') as group,
          count(*) filter (where kind = 'channel' and deleted_change is null) as channel
        from chats) c`;

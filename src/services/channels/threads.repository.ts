import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import type { Thread } from '../../domain/channels.js';
import { NOBODY } from '../../domain/shown-channel.js';
import type { Page } from './messages-statement.js';

interface ThreadRow {
  readonly id: number;
  readonly chat_id: number;
  readonly message_id: number;
  readonly creator: number | null;
  readonly created_at: number;
  readonly name: string;
}

@Injectable()
export class ThreadsRepository {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  async page(channelId: number, { page, size }: Page): Promise<readonly Thread[]> {
    const rows = await this.database.query<ThreadRow>(PAGE, [channelId, size, page * size]);
    return rows.map((row) => ({
      id: row.id,
      channelId: row.chat_id,
      messageId: row.message_id,
      createdBy: row.creator ?? NOBODY,
      createdAt: row.created_at,
      name: row.name,
    }));
  }
}

const PAGE = `
  select t.id, t.chat_id, t.message_id, t.created_at, t.name,
      (select u.number from users u where u.id = t.creator) as creator
    from threads t where t.chat_id = $1
    order by t.change desc limit $2::bigint offset $3::bigint`;

import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import type { ReceiptItem } from '../../domain/payloads.js';

/** What is asked of messages by one author. */
export interface ReceiptsQuery {
  readonly chatId: number;
  readonly author: string;
  readonly numbers: readonly number[];
  /** Only users after this one, in the order of their ids. */
  readonly after?: string;
  readonly limit: number;
}

/** When messages reached whom: the time of each one's first mark of either kind that covers the message. */
@Injectable()
export class ReceiptsRepository {
  constructor(private readonly database: Database) {}

  /**
   * For each message those other than its author who were members then and still are, in the order of their ids,
   * with the times that there are. At most `limit` in all.
   */
  async of(query: ReceiptsQuery): Promise<ReadonlyMap<number, readonly ReceiptItem[]>> {
    const { chatId, author, numbers, after, limit } = query;
    const rows = await this.database.query<ReceiptRow>(RECEIPTS, [chatId, author, numbers, after ?? null, limit]);
    const byMessage = new Map<number, ReceiptItem[]>(numbers.map((number) => [number, []]));
    for (const { number, user_id, dlvrd, read } of rows) {
      byMessage.get(number)?.push({ userId: user_id, dlvrd: dlvrd ?? undefined, read: read ?? undefined });
    }
    return byMessage;
  }
}

interface ReceiptRow {
  readonly number: number;
  readonly user_id: string;
  readonly dlvrd: number | null;
  readonly read: number | null;
}

/** Read implies delivered and writes no mark of that kind, so what was read first was delivered by that. */
const RECEIPTS = `
  select n.number, m.user_id, least(d.at, r.at) as dlvrd, r.at as read
    from unnest($3::bigint[]) n (number)
    join members m on m.chat_id = $1 and m.user_id <> $2 and m.left_change is null and m.joined_number < n.number
      and ($4::text is null or m.user_id > $4)
    left join lateral (${firstMark('dlvrd')}) d on true
    left join lateral (${firstMark('read')}) r on true
    order by n.number, m.user_id limit $5`;

function firstMark(kind: 'dlvrd' | 'read'): string {
  return `
      select k.at from marks k
        where m.${kind}_to >= n.number and k.chat_id = $1 and k.user_id = m.user_id and k.kind = '${kind}'
          and k.up_to >= n.number
        order by k.up_to limit 1`;
}

import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';

/** What one user whom a message is for has marked. Times are ms since the epoch, of the first mark that covers the message. */
export interface RecipientMarks {
  readonly userId: string;
  readonly delivered?: number;
  readonly read?: number;
}

interface Row {
  readonly user_id: string;
  readonly delivered: number | null;
  readonly read: number | null;
}

@Injectable()
export class MarksRepository {
  constructor(private readonly database: Database) {}

  /** Of those who are in the chat and were when the message was sent, but for its sender; in the order of their ids. */
  async of(chatId: number, number: number, limit: number): Promise<readonly RecipientMarks[]> {
    const rows = await this.database.query<Row>(RECIPIENTS, [chatId, number, limit]);
    return rows.map(({ user_id, delivered, read }) => ({
      userId: user_id,
      delivered: delivered ?? undefined,
      read: read ?? undefined,
    }));
  }
}

/** Who has read it has it: a mark of reading is one of delivery too. */
const RECIPIENTS = `
  select r.user_id, least(r.delivered, r.read) as delivered, r.read from (
    select m.user_id, first_marked_at(m.chat_id, m.user_id, 'dlvrd', $2) as delivered,
        first_marked_at(m.chat_id, m.user_id, 'read', $2) as read
      from members m join messages s on s.chat_id = m.chat_id and s.number = $2
      where m.chat_id = $1 and m.left_change is null and m.joined_number < $2 and m.user_id <> s.sender
      order by m.user_id limit $3) r
    order by r.user_id`;

import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';

/** Who wrote a message, as far as a reader may know. */
@Injectable()
export class AuthorsRepository {
  constructor(private readonly database: Database) {}

  /**
   * @returns `undefined` where the reader is not in the chat; without `author` where there is no such message, or only
   *   from before the reader's joining
   */
  async find(chatId: number, reader: string, number: number): Promise<{ readonly author?: string } | undefined> {
    const [row] = await this.database.query<{ author: string | null }>(AUTHOR, [chatId, reader, number]);
    return row && { author: row.author ?? undefined };
  }
}

const AUTHOR = `
  select (select sender from messages where chat_id = m.chat_id and number = $3 and number > m.joined_number) as author
    from members m where m.chat_id = $1 and m.user_id = $2 and m.left_change is null`;

import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import type { ExportSection } from './export-sections.js';

/** Rows held at once. A message has some 64 KiB of text at most, and perhaps as much of a payload. */
const PAGE = 100;
/** Messages of a chat looked at in one query. */
const SPAN = 10_000;
const CHATS_AT_ONCE = 1_000;

type Place = string | number;

interface ItemRow {
  readonly place: Place;
  readonly item: string | null;
}

/** Reads what an export is made of, page by page. */
@Injectable()
export class ExportsRepository {
  constructor(private readonly database: Database) {}

  /** The JSON texts of all items of the section, a page at a time; perhaps an empty one. */
  async *pages(section: ExportSection, userId: string): AsyncGenerator<readonly string[]> {
    if (section.of === 'user') {
      yield* this.read(section, [userId]);
      return;
    }
    for await (const { id, newest } of this.chats(userId)) {
      if (section.of === 'chat') yield* this.read(section, [id, userId]);
      else yield* this.spans(section, id, newest, userId);
    }
  }

  private async *spans(section: ExportSection, chatId: number, newest: number, userId: string) {
    for (let from = 0; from < newest; from += SPAN) {
      yield* this.read({ ...section, first: from }, [chatId, userId], [from + SPAN]);
    }
  }

  private async *read({ sql, first }: ExportSection, before: readonly unknown[], behind: readonly unknown[] = []) {
    let after: Place | undefined = first;
    while (after !== undefined) {
      const rows: readonly ItemRow[] = await this.database.query<ItemRow>(sql, [...before, after, PAGE, ...behind]);
      yield rows.flatMap(({ item }) => item ?? []);
      after = rows.length < PAGE ? undefined : rows.at(-1)?.place;
    }
  }

  /** Those that the user is or was in, and all channels: whoever writes there need not be in one. */
  private async *chats(userId: string): AsyncGenerator<{ readonly id: number; readonly newest: number }> {
    let after: number | undefined = 0;
    while (after !== undefined) {
      const values: readonly unknown[] = [userId, after, CHATS_AT_ONCE];
      const chats: readonly { id: number; newest: number }[] = await this.database.query(CHATS, values);
      yield* chats;
      after = chats.length < CHATS_AT_ONCE ? undefined : chats.at(-1)?.id;
    }
  }
}

const CHATS = `
  select c.id, h.newest_number as newest from chats c join heads h on h.chat_id = c.id
    where c.id > $2 and (c.kind = 'channel' or c.id in (select chat_id from members where user_id = $1))
    order by c.id limit $3`;

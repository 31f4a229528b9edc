import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { ChatKind, MemberRole } from '../../domain/chat.js';
import { chatOf } from './chat-of.js';
import type { ChatMember, ChatOverview, ChatsQuery } from './chat-overview.js';

interface ChatOverviewRow {
  readonly id: number;
  readonly kind: ChatKind;
  readonly public_id: string | null;
  readonly user_a: string | null;
  readonly user_b: string | null;
  readonly name: string | null;
  readonly created_at: number;
  readonly created_by: string | null;
  readonly members: number;
  readonly newest_number: number;
  readonly newest_at: number | null;
}

interface MemberRow {
  readonly user_id: string;
  readonly name: string | null;
  readonly role: MemberRole;
  readonly joined_at: number;
  readonly joined_number: number;
  readonly dlvrd_to: number;
  readonly read_to: number;
}

/** Chats for operators; deleted channels are not among them. */
@Injectable()
export class OperatorChatsRepository {
  constructor(private readonly database: Database) {}

  /** The newest first. */
  async list({ user, kind, before, limit }: ChatsQuery): Promise<readonly ChatOverview[]> {
    const rows = await this.database.query<ChatOverviewRow>(listStatement(user !== undefined, kind), [
      before ?? null,
      limit,
      ...(user === undefined ? [] : [user]),
    ]);
    return rows.map(overviewOf);
  }

  async one(chatId: number): Promise<ChatOverview | undefined> {
    const [row] = await this.database.query<ChatOverviewRow>(ONE, [chatId]);
    return row && overviewOf(row);
  }

  /** In the order of their ids, behind `after`. */
  async members(chatId: number, after: string | undefined, limit: number): Promise<readonly ChatMember[]> {
    const rows = await this.database.query<MemberRow>(MEMBERS, [chatId, after ?? null, limit]);
    return rows.map((row) => ({
      userId: row.user_id,
      name: row.name ?? undefined,
      role: row.role,
      joinedAt: row.joined_at,
      joinedAfter: row.joined_number,
      deliveredTo: row.dlvrd_to,
      readTo: row.read_to,
    }));
  }
}

function overviewOf(row: ChatOverviewRow): ChatOverview {
  return {
    chat: chatOf(row),
    name: row.name ?? undefined,
    createdAt: row.created_at,
    createdBy: row.created_by ?? undefined,
    members: row.members,
    newestMessage: row.newest_number,
    newestAt: row.newest_at ?? undefined,
  };
}

const COLUMNS = `
  c.id, c.kind, c.public_id, c.user_a, c.user_b, c.name, c.created_at, c.created_by,
  h.newest_number, h.newest_at, (select count(*) from members where chat_id = c.id and left_change is null) as members`;

/** Members are counted on the page only. What is few has an index of its own, and its condition must be told to find it. */
function listStatement(isOfUser: boolean, kind: ChatKind | undefined): string {
  const ofKind =
    kind === undefined ? '' : `and c.kind = '${kind}'${kind === 'dialog' ? '' : " and c.kind <> 'dialog'"}`;
  const ofUser = isOfUser
    ? 'and exists (select from members where user_id = $3 and chat_id = c.id and left_change is null)'
    : '';
  return `
  select ${COLUMNS} from (
    select c.* from chats c
      where c.deleted_change is null and ($1::bigint is null or c.id < $1) ${ofKind} ${ofUser}
      order by c.id desc limit $2) c
    join heads h on h.chat_id = c.id
    order by c.id desc`;
}

const ONE = `
  select ${COLUMNS} from chats c join heads h on h.chat_id = c.id where c.id = $1 and c.deleted_change is null`;

const MEMBERS = `
  select m.user_id, u.name, m.role, m.joined_at, m.joined_number, m.dlvrd_to, m.read_to
    from members m left join users u on u.id = m.user_id
    where m.chat_id = $1 and m.left_change is null and ($2::text is null or m.user_id > $2)
    order by m.user_id limit $3`;

import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { ERASED_USER } from '../../domain/ids.js';
import type { Ban, UserCounts, UserRecord, UserRecordsQuery } from './user-record.js';

interface UserRow {
  readonly id: string;
  readonly number: number;
  readonly name: string | null;
  readonly created_at: number;
  readonly last_seen: number | null;
  readonly seen: boolean;
  readonly is_registered: boolean;
  readonly is_banned: boolean;
  readonly banned_at: number;
  readonly banned_until: number | null;
  readonly ban_reason: string | null;
}

@Injectable()
export class UserRecordsRepository {
  constructor(private readonly database: Database) {}

  /** The newest first. */
  async list({ query, isBanned, below, limit }: UserRecordsQuery, now: number): Promise<readonly UserRecord[]> {
    const pattern = query === undefined ? null : `%${query.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    const values = [now, pattern, below ?? null, limit];
    return (await this.database.query<UserRow>(listStatement(isBanned), values)).map(recordOf);
  }

  async find(userId: string, now: number): Promise<UserRecord | undefined> {
    const [row] = await this.database.query<UserRow>(`${RECORDS} and id = $2`, [now, userId]);
    return row && recordOf(row);
  }

  async counts(userId: string): Promise<UserCounts> {
    const [row] = await this.database.query<UserCounts>(COUNTS, [userId]);
    if (!row) throw new Error('nothing was counted');
    return row;
  }
}

function recordOf(row: UserRow): UserRecord {
  return {
    userId: row.id,
    number: row.number,
    name: row.name ?? undefined,
    createdAt: row.created_at,
    lastSeen: row.last_seen ?? undefined,
    isSeen: row.seen,
    isRegistered: row.is_registered,
    ban: row.is_banned ? banOf(row) : undefined,
  };
}

function banOf({ ban_reason, banned_at, banned_until }: UserRow): Ban {
  return { reason: ban_reason ?? '', at: banned_at, until: banned_until ?? undefined };
}

const RECORDS = `
  select id, number, name, created_at, last_seen, seen, password_hash is not null as is_registered,
      is_banned(users, $1) as is_banned, banned_at, banned_until, ban_reason
    from users where id <> '${ERASED_USER}'`;

/**
 * Without a query it reads along the index on the numbers, of those who are banned along one that has no others; with one it looks at
 * users until the page is full.
 */
function listStatement(isBanned: boolean | undefined): string {
  const banned =
    isBanned === undefined ? '' : `and ${isBanned ? 'banned_at is not null and' : 'not'} is_banned(users, $1)`;
  return `${RECORDS}
  and ($2::text is null or id ilike $2 or name ilike $2) ${banned} and ($3::bigint is null or number < $3)
  order by number desc limit $4`;
}

/** Sessions have devices of their own, which nobody sees as such. */
const COUNTS = `
  select (select count(*) from members where user_id = $1 and left_change is null) as chats,
    (select count(*) from devices where user_id = $1 and name not like 'session %') as devices`;

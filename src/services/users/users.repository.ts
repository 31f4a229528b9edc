import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import type { Principal } from '../../domain/principal.js';

export interface LastSeen {
  readonly userId: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** What became of a token that names a user. */
export interface Seen {
  readonly isRevoked: boolean;
  readonly isBanned: boolean;
  /** ms since the epoch; absent: for good. */
  readonly bannedUntil?: number;
  readonly userNumber: number;
  /** Nobody had seen the user before. */
  readonly hasJoined: boolean;
}

@Injectable()
export class UsersRepository {
  constructor(private readonly database: Database) {}

  /** Those of the ids that belong to somebody. */
  async existing(userIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.database.query<{ id: string }>('select id from users where id = any ($1)', [userIds]);
    return new Set(rows.map(({ id }) => id));
  }

  /** Names and last seen times of those that exist and have one. */
  async profiles(userIds: readonly string[]): Promise<ReadonlyMap<string, { name?: string; lastSeen?: number }>> {
    const rows = await this.database.query<{ id: string; name: string | null; last_seen: number | null }>(
      'select id, name, last_seen from users where id = any ($1)',
      [userIds],
    );
    return new Map(rows.map((row) => [row.id, { name: row.name ?? undefined, lastSeen: row.last_seen ?? undefined }]));
  }

  /**
   * Everyone with whom the user shares a dialog, or a group of up to `receiptMembers`.
   *
   * @param among only these are asked about
   */
  async contactsOf(userId: string, receiptMembers: number, among?: readonly string[]): Promise<readonly string[]> {
    const sql = 'select * from contacts_of($1, $2, $3)';
    const rows = await this.database.query<{ o_user: string }>(sql, [userId, receiptMembers, among ?? null]);
    return rows.map((row) => row.o_user);
  }

  /** The same of several users, each of whom is named. */
  async contactsOfEach(
    userIds: readonly string[],
    receiptMembers: number,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const sql = 'select u.id, c.o_user from unnest($1::text[]) u (id), contacts_of(u.id, $2, null) c';
    const rows = await this.database.query<{ id: string; o_user: string }>(sql, [userIds, receiptMembers]);
    const contacts = new Map<string, string[]>(userIds.map((userId) => [userId, []]));
    for (const row of rows) contacts.get(row.id)?.push(row.o_user);
    return contacts;
  }

  /** Of those that exist, the number that each has among all users. */
  async numbers(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const sql = 'select id, number from users where id = any ($1)';
    const rows = await this.database.query<{ id: string; number: number }>(sql, [userIds]);
    return new Map(rows.map(({ id, number }) => [id, number]));
  }

  /** Where the token counts, and its user is not banned, the user exists from now on, under the name that the token gives it. */
  async see({ userId, name, token }: Principal, now: number): Promise<Seen> {
    const sql = 'select * from see_user($1, $2, $3, $4, $5)';
    const parameters = [userId, name ?? null, now, token?.version ?? null, token?.issuedAt ?? null];
    const [row] = await this.database.query<SeenRow>(sql, parameters);
    if (!row) throw new Error('see_user answered nothing');
    return {
      isRevoked: row.o_revoked,
      isBanned: row.o_banned,
      bannedUntil: row.o_banned_until ?? undefined,
      userNumber: row.o_number,
      hasJoined: row.o_joined,
    };
  }

  /** Never sets a time back: servers write theirs in any order. */
  async saveLastSeen(moves: readonly LastSeen[]): Promise<void> {
    if (moves.length === 0) return;
    await this.database.query(SAVE_LAST_SEEN, [moves.map((move) => move.userId), moves.map((move) => move.at)]);
  }
}

interface SeenRow {
  readonly o_revoked: boolean;
  readonly o_banned: boolean;
  readonly o_banned_until: number | null;
  readonly o_number: number;
  readonly o_joined: boolean;
}

/** Rows are locked in the order of their ids, so that two servers that write at once don't wait for each other. */
const SAVE_LAST_SEEN = `
  with seen as (
    select u.id, max(t.at) as at from users u join unnest($1::text[], $2::bigint[]) t (id, at) on t.id = u.id
      group by u.id),
  locked as (
    select id from users where id in (select id from seen) order by id for no key update)
  update users u set last_seen = s.at from seen s join locked l on l.id = s.id
    where u.id = s.id and (u.last_seen is null or u.last_seen < s.at)`;

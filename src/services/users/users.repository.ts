import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';

export interface LastSeen {
  readonly userId: string;
  /** ms since the epoch. */
  readonly at: number;
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
    const rows = await this.database.query<{ user_id: string }>(CONTACTS, [userId, receiptMembers, among ?? null]);
    return rows.map((row) => row.user_id);
  }

  async rename(userId: string, name: string): Promise<void> {
    await this.database.query('update users set name = $2 where id = $1 and name is distinct from $2', [userId, name]);
  }

  /** Never sets a time back: servers write theirs in any order. */
  async saveLastSeen(moves: readonly LastSeen[]): Promise<void> {
    if (moves.length === 0) return;
    await this.database.query(SAVE_LAST_SEEN, [moves.map((move) => move.userId), moves.map((move) => move.at)]);
  }
}

const CONTACTS = `
  select distinct o.user_id
    from members m
    join chats c on c.id = m.chat_id
    join heads h on h.chat_id = m.chat_id
    join members o on o.chat_id = m.chat_id and o.user_id <> m.user_id and o.left_change is null
    where m.user_id = $1 and m.left_change is null
      and (c.kind = 'dialog' or c.kind = 'group' and h.members <= $2)
      and ($3::text[] is null or o.user_id = any ($3))`;

/** Rows are locked in the order of their ids, so that two servers that write at once don't wait for each other. */
const SAVE_LAST_SEEN = `
  with seen as (
    select u.id, max(t.at) as at from users u join unnest($1::text[], $2::bigint[]) t (id, at) on t.id = u.id
      group by u.id),
  locked as (
    select id from users where id in (select id from seen) order by id for no key update)
  update users u set last_seen = s.at from seen s join locked l on l.id = s.id
    where u.id = s.id and (u.last_seen is null or u.last_seen < s.at)`;

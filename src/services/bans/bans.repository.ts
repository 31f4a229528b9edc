import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { ERASED_USER } from '../../domain/ids.js';

@Injectable()
export class BansRepository {
  constructor(private readonly database: Database) {}

  /** A ban that is there already keeps its beginning where it says the same. @returns false where there is no such user */
  async add(userId: string, reason: string, until: number | undefined, now: number): Promise<boolean> {
    return this.has(ADD, [userId, reason, until ?? null, now]);
  }

  /** @returns false where there is no such user */
  async remove(userId: string): Promise<boolean> {
    return this.has(REMOVE, [userId]);
  }

  private async has(sql: string, values: readonly unknown[]): Promise<boolean> {
    return (await this.database.query(sql, values)).length > 0;
  }
}

const NOBODY = `'${ERASED_USER}'`;

/** The update answers by the rows of a query, for those of an update come with a count. */
const ADD = `
  with banned as (
    update users set ban_reason = $2, banned_until = $3::bigint,
        banned_at = case when is_banned(users, $4) and ban_reason = $2 and banned_until is not distinct from $3::bigint
          then banned_at else $4::bigint end
      where id = $1 and id <> ${NOBODY} returning id)
  select id from banned`;

const REMOVE = `
  with pardoned as (
    update users set banned_at = null, banned_until = null, ban_reason = null where id = $1 and id <> ${NOBODY} returning id)
  select id from pardoned`;

import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { ERASED_USER } from '../../domain/ids.js';
import type { Principal } from '../../domain/principal.js';

/** A user as whoever signs in finds it. */
export interface Account {
  readonly userId: string;
  readonly name?: string;
  /** Absent: nobody has registered it. */
  readonly passwordHash?: string;
  readonly tokenVersion: number;
  readonly isBanned: boolean;
  /** ms since the epoch; absent: for good. */
  readonly bannedUntil?: number;
}

export interface Registered {
  readonly userNumber: number;
  /** Nobody had seen the user before. */
  readonly hasJoined: boolean;
}

interface AccountRow {
  readonly id: string;
  readonly name: string | null;
  readonly password_hash: string | null;
  readonly token_version: number;
  readonly is_banned: boolean;
  readonly banned_until: number | null;
}

@Injectable()
export class AccountsRepository {
  constructor(private readonly database: Database) {}

  async find(userId: string, now: number): Promise<Account | undefined> {
    const [row] = await this.database.query<AccountRow>(FIND, [userId, now]);
    return row && accountOf(row);
  }

  /**
   * Gives the user a password, where it has none and either did not exist or asks for it itself.
   *
   * @returns undefined where not; of two who race one gets it
   */
  async register(
    userId: string,
    passwordHash: string,
    byItself: boolean,
    now: number,
  ): Promise<Registered | undefined> {
    const [row] = await this.database.query<{ number: number; joined: boolean }>(REGISTER, [
      userId,
      passwordHash,
      byItself,
      now,
    ]);
    return row && { userNumber: row.number, hasJoined: row.joined };
  }

  /**
   * Sets the password and ends all tokens there are, where the asking token still counts.
   *
   * @param nowS s since the epoch
   * @returns the version of tokens that are made from now on; undefined where the token was revoked
   */
  async changePassword(principal: Principal, passwordHash: string, nowS: number): Promise<number | undefined> {
    const [row] = await this.database.query<{ token_version: number }>(CHANGE_PASSWORD, [
      ...standingOf(principal),
      passwordHash,
      nowS,
    ]);
    return row?.token_version;
  }

  /** The version for a token of the user, who exists from now on. */
  async versionFor(userId: string, now: number): Promise<number> {
    const [row] = await this.database.query<{ token_version: number }>(VERSION_FOR, [userId, now]);
    if (!row) throw new Error('the user was not made');
    return row.token_version;
  }

  /**
   * Ends all tokens that the user has.
   *
   * @param nowS s since the epoch
   * @returns the version of tokens that are made from now on; undefined where there is no such user
   */
  async revokeTokens(userId: string, nowS: number): Promise<number | undefined> {
    const [row] = await this.database.query<{ token_version: number }>(REVOKE, [userId, nowS]);
    return row?.token_version;
  }

  /** The version for another token of the user; undefined where the asking one was revoked. */
  async tokenVersion(principal: Principal): Promise<number | undefined> {
    const [row] = await this.database.query<{ token_version: number }>(TOKEN_VERSION, standingOf(principal));
    return row?.token_version;
  }
}

function accountOf(row: AccountRow): Account {
  return {
    userId: row.id,
    name: row.name ?? undefined,
    passwordHash: row.password_hash ?? undefined,
    tokenVersion: row.token_version,
    isBanned: row.is_banned,
    bannedUntil: row.banned_until ?? undefined,
  };
}

function standingOf({ userId, token }: Principal): unknown[] {
  return [userId, token?.version ?? null, token?.issuedAt ?? null];
}

const FIND = `
  select id, name, password_hash, token_version, is_banned(users, $2) as is_banned, banned_until from users where id = $1`;

/** The user, where the token that asks counts at this moment: when it was let in is a moment ago (protocol.md, section 2). */
const ASKS = 'id = $1 and not is_revoked(users, $2, $3)';

const REGISTER = `
  with before as (select seen from users where id = $1)
  insert into users as u (id, created_at, seen, password_hash) values ($1, $4, true, $2)
    on conflict (id) do update set password_hash = excluded.password_hash, seen = true
      where u.password_hash is null and $3
    returning number, not coalesce((select seen from before), false) as joined`;

/** What was revoked stays so, also where another server's clock is behind. */
const CHANGE_PASSWORD = `
  with changed as (
    update users set password_hash = $4, token_version = token_version + 1, tokens_revoked_at = greatest(tokens_revoked_at, $5)
      where ${ASKS} returning token_version)
  select token_version from changed`;

/** Updating what is there to what it is returns it, also where it was made a moment ago. */
const VERSION_FOR = `
  insert into users as u (id, created_at) values ($1, $2)
    on conflict (id) do update set token_version = u.token_version
    returning token_version`;

const REVOKE = `
  with revoked as (
    update users set token_version = token_version + 1, tokens_revoked_at = greatest(tokens_revoked_at, $2)
      where id = $1 and id <> '${ERASED_USER}' returning token_version)
  select token_version from revoked`;

const TOKEN_VERSION = `select token_version from users where ${ASKS}`;

import { Injectable } from '@nestjs/common';

import { Database } from '../database/database.js';
import type { CutOffServer, TokensRevoked, UserBanned } from '../domain/domain-events.js';

/** Rows of one page. */
const PAGE = 10_000;

const LOOK = 'select *, (select others_cut_off($3)) as o_others_cut_off from refusals_since($1, $2)';

/** Who is to be told nothing any more. */
export interface Refusals {
  /** The clock of the database when it was asked, ms since the epoch. */
  readonly now: number;
  /** Other servers that are away from the bus: what they do nobody is told. */
  readonly othersCutOff: readonly CutOffServer[];
  readonly revoked: readonly TokensRevoked[];
  readonly banned: readonly UserBanned[];
  /** Members who are out of a group or channel; they may be in it again. */
  readonly left: readonly Leaving[];
  /** Where to go on; absent: that is all. */
  readonly next?: number;
}

export interface Leaving {
  readonly userId: string;
  readonly chatId: number;
}

interface RefusalRow {
  readonly o_others_cut_off: readonly CutOffServer[];
  readonly o_at: number;
  readonly o_user: string | null;
  readonly o_version: number | null;
  readonly o_issued_up_to: number | null;
  readonly o_banned: boolean | null;
  readonly o_banned_until: number | null;
  readonly o_chat: number | null;
}

/** Throws `UnavailableError` while the database is away. */
@Injectable()
export class RefusalStore {
  constructor(private readonly database: Database) {}

  /** The clock of the database, ms since the epoch. */
  async now(): Promise<number> {
    return (await this.since(Number.MAX_SAFE_INTEGER, '')).now;
  }

  /**
   * What was refused after that moment of the database's clock, as it is now.
   * @param server who asks: it knows of itself whether it is cut off
   */
  async since(moment: number, server: string): Promise<Refusals> {
    const rows = await this.database.query<RefusalRow>(LOOK, [moment, PAGE, server]);
    const [clock, ...refusals] = rows;
    if (!clock) throw new Error('refusals_since answered nothing');
    return {
      now: clock.o_at,
      othersCutOff: clock.o_others_cut_off,
      revoked: refusals.flatMap(revokedOf),
      banned: refusals.flatMap(bannedOf),
      left: refusals.flatMap(leavingOf),
      next: nextOf(refusals, moment),
    };
  }
}

function revokedOf({ o_user: userId, o_version: version, o_issued_up_to: issuedUpTo }: RefusalRow): TokensRevoked[] {
  return userId === null || version === null ? [] : [{ userId, version, issuedUpTo: issuedUpTo ?? -1 }];
}

function bannedOf({ o_user: userId, o_banned: isBanned, o_banned_until: until }: RefusalRow): UserBanned[] {
  return userId === null || !isBanned ? [] : [{ userId, until: until ?? undefined }];
}

function leavingOf({ o_user: userId, o_chat: chatId }: RefusalRow): Leaving[] {
  return userId === null || chatId === null ? [] : [{ userId, chatId }];
}

/** Others of the same millisecond may follow those of a full page. */
function nextOf(rows: readonly RefusalRow[], moment: number): number | undefined {
  const last = rows.at(-1);
  if (!last || rows.length < PAGE) return undefined;
  return Math.max(moment + 1, last.o_at - 1);
}

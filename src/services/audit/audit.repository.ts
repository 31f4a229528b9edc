import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { AuditAction, AuditEntry, AuditQuery, Deed } from './deed.js';

/** What was asked with the same key before. */
export interface EarlierDeed {
  readonly subject: string;
  readonly detailsJson: string;
  readonly outcome?: string;
  readonly answerJson?: string;
}

/** The row of a deed that begins; or the one that keeps it from beginning. */
export interface BegunDeed {
  readonly id: number;
  readonly earlier?: EarlierDeed;
}

interface BegunRow {
  readonly o_id: number;
  readonly o_is_new: boolean;
  readonly o_subject: string;
  readonly o_details: string;
  readonly o_outcome: string | null;
  readonly o_answer: string | null;
}

type EntryRow = Omit<AuditEntry, 'details'> & { readonly details: string };

@Injectable()
export class AuditRepository {
  constructor(private readonly database: Database) {}

  async begin(deed: Deed, now: number, abandonedMs: number): Promise<BegunDeed> {
    const { operator, action, subject, details = {}, isAnswerSecret } = deed;
    const key = isAnswerSecret ? null : operator.idempotencyKey;
    const [row] = await this.database.query<BegunRow>('select * from begin_deed($1, $2, $3, $4, $5, $6, $7, $8)', [
      ...[now, operator.userId, action, subject, operator.address, JSON.stringify(details)],
      ...[key, now - abandonedMs],
    ]);
    if (!row) throw new Error('begin_deed answered nothing');
    return row.o_is_new ? { id: row.o_id } : { id: row.o_id, earlier: earlierOf(row) };
  }

  /** @param answer what a repetition is answered */
  async end(id: number, outcome: string, answer?: unknown): Promise<void> {
    const answerJson = answer === undefined ? null : JSON.stringify(answer);
    await this.database.query('update audit set outcome = $2, answer = $3 where id = $1', [id, outcome, answerJson]);
  }

  async has(action: AuditAction, subject: string, outcome: string): Promise<boolean> {
    const sql = 'select exists (select from audit where subject = $2 and action = $1 and outcome = $3) as has';
    const [row] = await this.database.query<{ has: boolean }>(sql, [action, subject, outcome]);
    return row?.has ?? false;
  }

  /** Newest first. */
  async list({ actor, subject, before, limit }: AuditQuery): Promise<readonly AuditEntry[]> {
    const rows = await this.database.query<EntryRow>(LIST, [actor, subject, before, limit]);
    return rows.map((row) => ({ ...row, details: JSON.parse(row.details) as AuditEntry['details'] }));
  }
}

function earlierOf(row: BegunRow): EarlierDeed {
  return {
    subject: row.o_subject,
    detailsJson: row.o_details,
    outcome: row.o_outcome ?? undefined,
    answerJson: row.o_answer ?? undefined,
  };
}

const LIST = `
  select id, at, actor, action, subject, address, details, outcome from audit
    where ($1::text is null or actor = $1) and ($2::text is null or subject = $2) and ($3::bigint is null or id < $3)
    order by id desc limit $4`;

import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Clock } from '../domain/clock.js';

/** An event on its way; `data` is JSON text. */
export interface WaitingEvent {
  readonly id: string;
  readonly seq: number;
  readonly subject: string;
  readonly type: string;
  readonly at: number;
  readonly data: string;
  /** How often it has failed. */
  readonly attempts: number;
}

export interface FailedEvent {
  readonly id: string;
  readonly error: string;
  /** When to try again; absent: it is given up. */
  readonly retryAt?: number;
}

/** How many there are. */
export interface Tally {
  readonly waiting: number;
  readonly dead: number;
}

/** Enough to tell what was wrong. */
const MAX_ERROR_LENGTH = 500;

@Injectable()
export class OutgoingEventsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Those that are due, in the order to deliver them in; nobody else takes them within `leaseMs`. */
  async take(limit: number, leaseMs: number): Promise<WaitingEvent[]> {
    const now = this.clock.now();
    const sql = 'select * from take_outgoing_events($1, $2, $3)';
    const events = await this.database.query<WaitingEvent>(sql, [now, now + leaseMs, limit]);
    return events.sort((a, b) => a.seq - b.seq);
  }

  async delivered(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.database.query('delete from outgoing_events where id = any ($1)', [ids]);
  }

  async failed(events: readonly FailedEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.database.query(FAILED, [
      events.map(({ id }) => id),
      events.map(({ error }) => error.slice(0, MAX_ERROR_LENGTH)),
      events.map(({ retryAt }) => retryAt ?? null),
      this.clock.now(),
    ]);
  }

  /** They were not tried after all. */
  async release(ids: readonly string[]): Promise<void> {
    if (ids.length > 0)
      await this.database.query('update outgoing_events set leased_until = 0 where id = any ($1)', [ids]);
  }

  async tally(): Promise<Tally> {
    const [tally] = await this.database.query<Tally>(TALLY);
    return tally ?? { waiting: 0, dead: 0 };
  }
}

const FAILED = `
  update outgoing_events e set attempts = attempts + 1, leased_until = 0, last_error = f.error, next_at = coalesce(f.retry_at, next_at),
      dead_at = case when f.retry_at is null then $4::bigint end
    from unnest($1::text[], $2::text[], $3::bigint[]) f (id, error, retry_at)
    where e.id = f.id`;

const TALLY = `
  select count(*) filter (where dead_at is null) as waiting, count(*) filter (where dead_at is not null) as dead from outgoing_events`;

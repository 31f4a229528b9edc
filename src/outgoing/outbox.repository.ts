import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { OutgoingEvent } from './outgoing-event.js';

/** Changes that are made into events at once: so much is held in memory. One commit's part of a chat is not taken apart. */
const MAX_CHANGES = 200;

/** What was noted with a commit: changes of a chat, or that a user joined. */
export interface OutboxNote {
  readonly id: number;
  readonly chatId: number | null;
  readonly userId: string | null;
  readonly at: number;
}

/** An event, and the note that it was made of. */
export interface NotedEvent {
  readonly noteId: number;
  /** A chat or a user: the order of its events is kept. */
  readonly subject: string;
  readonly event: OutgoingEvent;
}

@Injectable()
export class OutboxRepository {
  constructor(private readonly database: Database) {}

  /** From now on what is committed in sessions that have somebody to tell is noted. Once more does nothing. */
  async open(): Promise<void> {
    await this.database.query('select open_outbox()');
  }

  /** The oldest notes. They stay until they are replaced. */
  oldest(): Promise<OutboxNote[]> {
    return this.database.query<OutboxNote>(OLDEST, [MAX_CHANGES]);
  }

  /** Puts the events in the place of the notes. Of a note that another server has replaced meanwhile nothing is kept. */
  async replace(notes: readonly OutboxNote[], events: readonly NotedEvent[]): Promise<void> {
    await this.database.query(REPLACE, [
      notes.map(({ id }) => id),
      events.map(({ noteId }) => noteId),
      events.map(({ event }) => event.id),
      events.map(({ subject }) => subject),
      events.map(({ event }) => event.type),
      events.map(({ event }) => event.at),
      events.map(({ event }) => JSON.stringify(event.data)),
    ]);
  }
}

const OLDEST = `
  select id, chat_id as "chatId", user_id as "userId", at from (
      select *, coalesce(sum(to_change - from_change) over (order by id rows between unbounded preceding and 1 preceding), 0) as before
        from (select * from outbox order by id limit $1) oldest) o
    where before < $1 order by id`;

const REPLACE = `
  with gone as (delete from outbox where id = any ($1) returning id)
  insert into outgoing_events (id, subject, type, at, data)
    select e.id, subject, type, at, data
      from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[]) with ordinality
        as e (note, id, subject, type, at, data, ordinal)
      join gone on gone.id = e.note
      order by ordinal
    on conflict (id) do nothing`;

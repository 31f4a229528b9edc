import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = `
create table polls (
  id bigint generated always as identity primary key,
  chat bigint not null,
  question text not null,
  options text[] not null,
  created_by text not null,
  client_poll_id text not null,
  created_at bigint not null,
  closed_at bigint,
  revision integer not null default 1,
  unique (created_by, client_poll_id)
);
create table polls_votes (
  poll_id bigint not null references polls on delete cascade,
  user_id text not null,
  option integer not null,
  primary key (poll_id, user_id)
);`;

/** The database remembers it by the name of its class. */
export class CreatePolls implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

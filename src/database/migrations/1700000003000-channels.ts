import { randomBytes } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DEFAULT_CAPABILITIES } from '../../domain/channels.js';
import { CHANNELS } from '../sql/channels.js';

const SERVER_NAME = 'Parlance';
const FIRST_CHANNEL = 'general';
const DESCRIPTION = 'For all that has no channel of its own.';

const FIRST_ROWS = `
  with first as (
    insert into chats (kind, public_id, name, description, capabilities, described_change, created_at)
      values ('channel', $1, $2, $3, $4, 1, floor(extract(epoch from clock_timestamp()) * 1000)) returning id
  ), head as (
    insert into heads (chat_id, newest_change, info_change, members) select id, 1, 1, 0 from first
  )
  insert into server_profile (name, default_channel) select $5, id from first`;

/** What is done to channels, the one that is there from the first start, and the server's profile. */
export class Channels1700000003000 implements MigrationInterface {
  readonly name = 'Channels1700000003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CHANNELS);
    const publicId = `c_${randomBytes(16).toString('base64url')}`;
    await runner.query(FIRST_ROWS, [publicId, FIRST_CHANNEL, DESCRIPTION, DEFAULT_CAPABILITIES, SERVER_NAME]);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

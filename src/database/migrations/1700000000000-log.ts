import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APPEND } from '../sql/append.js';
import { DEVICES } from '../sql/devices.js';
import { MEMBERSHIP } from '../sql/membership.js';
import { READING } from '../sql/reading.js';
import { RESUMING } from '../sql/resuming.js';
import { TABLES } from '../sql/tables.js';

/** The log: chats, members, messages, marks, reactions, devices and their cursors, and the functions that move them. */
export class Log1700000000000 implements MigrationInterface {
  readonly name = 'Log1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [TABLES, APPEND, MEMBERSHIP, READING, RESUMING, DEVICES]) await runner.query(sql);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { CALL_CHANGES } from '../sql/call-changes.js';
import { CALLS } from '../sql/calls.js';

/** Calls, who is in them, and the functions that move them. */
export class Calls1700000004000 implements MigrationInterface {
  readonly name = 'Calls1700000004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CALLS);
    await runner.query(CALL_CHANGES);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

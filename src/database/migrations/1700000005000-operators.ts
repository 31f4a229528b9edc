import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ERASURE } from '../sql/erasure.js';
import { REFUSALS } from '../sql/refusals.js';

/** What is left of erased users, and the erasing; who is to be told nothing any more. */
export class Operators1700000005000 implements MigrationInterface {
  readonly name = 'Operators1700000005000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [ERASURE, REFUSALS]) await runner.query(sql);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

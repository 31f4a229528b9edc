import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ERASURE } from '../sql/erasure.js';

/** What is left of erased users, and the erasing. */
export class Operators1700000005000 implements MigrationInterface {
  readonly name = 'Operators1700000005000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ERASURE);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

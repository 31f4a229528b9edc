import type { MigrationInterface, QueryRunner } from 'typeorm';
import { CANARIES } from '../sql/canaries.js';

/** What shows that the database takes what is written. */
export class Canaries1700000006000 implements MigrationInterface {
  readonly name = 'Canaries1700000006000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CANARIES);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DATABASE_IDENTITY } from '../sql/database-identity.js';

/** What tells this database from others. */
export class DatabaseIdentity1700000009000 implements MigrationInterface {
  readonly name = 'DatabaseIdentity1700000009000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DATABASE_IDENTITY);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { AUDIT } from '../sql/audit.js';

/** What operators do. */
export class Audit1700000005500 implements MigrationInterface {
  readonly name = 'Audit1700000005500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(AUDIT);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { FILES } from '../sql/files.js';

/** Kept files and their readers. */
export class Files1700000002000 implements MigrationInterface {
  readonly name = 'Files1700000002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FILES);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { CUT_OFF_SERVERS } from '../sql/cut-off-servers.js';

/** Which servers are away from their bus. */
export class CutOffServers1700000008000 implements MigrationInterface {
  readonly name = 'CutOffServers1700000008000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CUT_OFF_SERVERS);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

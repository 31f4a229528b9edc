import type { MigrationInterface, QueryRunner } from 'typeorm';
import { OUTGOING_EVENTS } from '../sql/outgoing-events.js';

/** What other services are to be told. */
export class OutgoingEvents1700000007000 implements MigrationInterface {
  readonly name = 'OutgoingEvents1700000007000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(OUTGOING_EVENTS);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

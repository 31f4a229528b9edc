import type { MigrationInterface, QueryRunner } from 'typeorm';
import { TOPIC_OPERATING } from '../sql/topic-operating.js';
import { TOPIC_PRUNING } from '../sql/topic-pruning.js';
import { TOPIC_READING } from '../sql/topic-reading.js';
import { TOPIC_SESSIONS } from '../sql/topic-sessions.js';
import { TOPICS } from '../sql/topics.js';

/** Topic messages with their keys, and sessions. */
export class Topics1700000001000 implements MigrationInterface {
  readonly name = 'Topics1700000001000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [TOPICS, TOPIC_READING, TOPIC_SESSIONS, TOPIC_PRUNING, TOPIC_OPERATING]) await runner.query(sql);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

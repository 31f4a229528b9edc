import type { DataSource } from 'typeorm';
import { readConfig } from '../../src/config/read-config.js';
import { createDataSource } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { DomainEvents, type TopicsCommitted } from '../../src/domain/domain-events.js';
import { Metrics } from '../../src/domain/metrics.js';
import type { TopicMessage } from '../../src/domain/topics.js';
import { SessionStore } from '../../src/log/session-store.js';
import { TopicHistory } from '../../src/log/topic-history.js';
import { TopicLog } from '../../src/log/topic-log.js';
import { TopicPruner } from '../../src/log/topic-pruner.js';

/** What one server process keeps of topics, over a test database, with a clock that stands still. */
export interface TestTopics {
  readonly log: TopicLog;
  readonly history: TopicHistory;
  readonly sessions: SessionStore;
  readonly pruner: TopicPruner;
  readonly dataSource: DataSource;
  readonly clock: { time: number; now(): number };
  /** All `topicsCommitted` so far. */
  readonly told: readonly TopicsCommitted[];
  close(): Promise<void>;
}

export async function openTopics(url: string, env: Record<string, string> = {}): Promise<TestTopics> {
  const config = readConfig({ JWT_SECRET: 'only for tests, but long enough!', ...env });
  const dataSource = createDataSource({ url, poolSize: 6 });
  await dataSource.initialize();
  const events = new DomainEvents((error) => {
    throw error;
  });
  const told: TopicsCommitted[] = [];
  events.on('topicsCommitted', (committed) => told.push(committed));
  const clock = {
    time: 1_700_000_000_000,
    now(): number {
      return this.time;
    },
  };
  const database = new Database(dataSource);
  const log = new TopicLog(dataSource, database, config, events, new Metrics());
  const history = new TopicHistory(database, config, clock);
  const sessions = new SessionStore(database, history, config, clock);
  const pruner = new TopicPruner(database, config, clock, events);
  const close = async (): Promise<void> => {
    await log.onApplicationShutdown();
    await pruner.onApplicationShutdown();
    await dataSource.destroy();
  };
  return { log, history, sessions, pruner, dataSource, clock, told, close };
}

let messages = 0;

export function topicMessage(topic: string, more: Partial<TopicMessage> = {}): TopicMessage {
  messages++;
  const id = `broadcast_test_${messages}`;
  return { id, topic, sender: 'ann', payloadJson: `${messages}`, at: 1_700_000_000_000, ...more };
}

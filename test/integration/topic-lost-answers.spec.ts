import type { QueryRunner } from 'typeorm';
import type { TopicsCommitted } from '../../src/domain/domain-events.js';
import { UnavailableError } from '../../src/domain/errors.js';
import type { TopicMessage } from '../../src/domain/topics.js';
import { TopicWriter } from '../../src/log/topic-writer.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openTopics, type TestTopics, topicMessage } from '../support/topics.js';

const BOUNDS = { maxBatchCommands: 100, maxBatchBytes: 1_000_000, maxQueuedCommands: 100 };
const EXPIRES_AT = 1_800_000_000_000;

describe('TopicWriter, when the database goes before it answers', () => {
  let database: TestDatabase;
  let topics: TestTopics;
  let writer: TopicWriter;
  /** What becomes of the next statement. */
  let fate: 'done' | 'doneUnheard' | 'notDone';
  const told: TopicsCommitted[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    topics = await openTopics(database.url);
  });

  afterAll(async () => {
    await topics.close();
    await database.drop();
  });

  beforeEach(() => {
    fate = 'done';
    told.length = 0;
    writer = new TopicWriter(BOUNDS, {
      connect: () => fateful(topics.dataSource.createQueryRunner()),
      committed: (committed) => told.push(committed),
    });
  });

  afterEach(() => writer.close());

  function fateful(runner: QueryRunner): QueryRunner {
    const query = async (sql: string, parameters: unknown[]): Promise<unknown> => {
      const now = fate;
      fate = 'done';
      const answer: unknown = now === 'notDone' ? undefined : await runner.query(sql, parameters);
      if (now === 'done') return answer;
      throw Object.assign(new Error('gone'), { code: '08006' });
    };
    return { query, release: () => runner.release() } as Partial<QueryRunner> as QueryRunner;
  }

  const send = (message: TopicMessage, key?: string) => writer.append({ message, key, expiresAt: EXPIRES_AT });

  it('tells a number beyond what it has told of, once it hears of a message that was committed all the same', async () => {
    const [first, retry] = [topicMessage('a'), topicMessage('a')];
    fate = 'doneUnheard';
    await expect(send(first, 'k1')).rejects.toThrow(UnavailableError);
    await expect(send(retry, 'k1')).resolves.toEqual({ messageId: first.id, isNew: false });
    await new Promise(setImmediate);
    expect(told).toEqual([{ messages: [], newest: await topics.log.newest(), failed: [] }]);
  });

  it('tells nothing of what was not, so that its retry is new', async () => {
    const [first, retry] = [topicMessage('a'), topicMessage('a')];
    fate = 'notDone';
    await expect(send(first, 'k2')).rejects.toThrow(UnavailableError);
    await expect(send(retry, 'k2')).resolves.toMatchObject({ isNew: true });
    await new Promise(setImmediate);
    expect(told).toEqual([{ messages: [retry], newest: await topics.log.newest(), failed: [] }]);
  });
});

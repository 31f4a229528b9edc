import { readConfig } from '../../src/config/read-config.js';
import { Database } from '../../src/database/database.js';
import { KeptTopicsRepository } from '../../src/services/topics/kept-topics.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openTopics, type TestTopics, topicMessage } from '../support/topics.js';

const ENV = { TOPIC_HISTORY_MESSAGES: '10' };

describe('KeptTopicsRepository', () => {
  let database: TestDatabase;
  let topics: TestTopics;
  let kept: KeptTopicsRepository;

  beforeEach(async () => {
    database = await createTestDatabase();
    topics = await openTopics(database.url, ENV);
    const config = readConfig({ JWT_SECRET: 'only for tests, but long enough!', ...ENV });
    kept = new KeptTopicsRepository(new Database(topics.dataSource), config, topics.clock);
  });

  afterEach(async () => {
    await topics.close();
    await database.drop();
  });

  const send = (names: readonly string[], more: { ttlMs?: number; at?: number } = {}) =>
    Promise.all(names.map((name) => topics.log.append(topicMessage(name, more.at ? { at: more.at } : {}), more)));
  const times = (count: number, topic: string) => new Array<string>(count).fill(topic);

  describe('list', () => {
    it('counts what histories show, in the order of the names', async () => {
      await send(['b', 'a.x', 'a', ...times(12, 'full')]);
      await send(['b'], { at: topics.clock.time + 7 });
      const at = topics.clock.time;
      expect(await kept.list('', 10)).toEqual([
        { topic: 'a', messages: 1, newestAt: at },
        { topic: 'a.x', messages: 1, newestAt: at },
        { topic: 'b', messages: 2, newestAt: at + 7 },
        { topic: 'full', messages: 10, newestAt: at },
      ]);
    });

    it('goes on behind a name', async () => {
      await send(['a', 'b', 'c', 'd']);
      expect((await kept.list('a', 2)).map(({ topic }) => topic)).toEqual(['b', 'c']);
    });

    it('passes over what has expired, and what was never kept', async () => {
      await send(['gone'], { ttlMs: 1_000 });
      await send(['never'], { ttlMs: 0 });
      await send(['there']);
      topics.clock.time += 1_000;
      expect((await kept.list('', 10)).map(({ topic }) => topic)).toEqual(['there']);
    });
  });

  describe('page', () => {
    it('reads from the end, and on below a number', async () => {
      await send(times(12, 'full'));
      const first = await kept.page('full', 4);
      expect(first.messages.map(({ number }) => number)).toEqual([12, 11, 10, 9]);
      expect(first.hasMore).toBe(true);
      const rest = await kept.page('full', 10, 9);
      expect(rest.messages.map(({ number }) => number)).toEqual([8, 7, 6, 5, 4, 3]);
      expect(rest.hasMore).toBe(false);
    });

    it('goes on below one that has gone meanwhile', async () => {
      await send(['t', 't']);
      await send(['t'], { ttlMs: 1_000 });
      topics.clock.time += 1_000;
      expect((await kept.page('t', 1, 3)).messages.map(({ number }) => number)).toEqual([2]);
    });

    it('ends early where messages are large, but never without one', async () => {
      const payloadJson = JSON.stringify('x'.repeat(400_000));
      await Promise.all([1, 2, 3].map(() => topics.log.append(topicMessage('t', { payloadJson }), {})));
      const page = await kept.page('t', 10);
      expect(page.messages).toHaveLength(2);
      expect(page.hasMore).toBe(true);
      const rest = await kept.page('t', 10, page.messages.at(-1)?.number);
      expect([rest.messages.length, rest.hasMore]).toEqual([1, false]);
    });

    it('shows a message as it was sent', async () => {
      await topics.log.append(topicMessage('t', { payloadJson: '{"a":1}', metadataJson: '{"b":2}' }), {});
      const [message] = (await kept.page('t', 1)).messages;
      expect(message).toMatchObject({ topic: 't', sender: 'ann', payloadJson: '{"a":1}', metadataJson: '{"b":2}' });
    });

    it('is empty where nothing was ever sent', async () => {
      expect(await kept.page('nothing', 5)).toEqual({ messages: [], hasMore: false });
    });
  });

  describe('purge', () => {
    const gapOf = (pattern: string, above: number) => topics.history.gap([{ pattern, since: 0 }], above);

    it('takes all that the topic keeps, of no other one', async () => {
      await send(['a', 'b', ...times(12, 'a')]);
      await kept.purge('a');
      expect((await kept.list('', 10)).map(({ topic, messages }) => [topic, messages])).toEqual([['b', 1]]);
    });

    it('takes more than fits in one transaction', async () => {
      await send(times(2_500, 'a'));
      await kept.purge('a');
      const [row] = await topics.dataSource.query<{ left: number }[]>('select count(*) as left from topic_messages');
      expect(row).toEqual({ left: 0 });
    });

    it('tells a gap to who has yet to read what is gone, and to nobody else', async () => {
      await send(['a', 'a', 'b', 'a']);
      expect(await gapOf('a', 0)).toEqual([]);
      await kept.purge('a');
      expect(await gapOf('>', 0)).toEqual(['a']);
      expect(await gapOf('a', 3)).toEqual(['a']);
      expect(await gapOf('a', 4)).toEqual([]);
      expect(await gapOf('b', 0)).toEqual([]);
      expect((await topics.history.missed([{ pattern: '>', since: 0 }], 0, 10)).gap).toEqual(['a']);
    });

    it('keeps what is sent after it', async () => {
      await send(['a']);
      await kept.purge('a');
      await send(['a']);
      expect((await kept.page('a', 10)).messages.map(({ number }) => number)).toEqual([2]);
    });

    it('does nothing twice, or where there is nothing', async () => {
      await send(['a']);
      await kept.purge('a');
      await send(['b']);
      await kept.purge('a');
      await kept.purge('never.used');
      expect(await gapOf('a', 1)).toEqual([]);
      expect(await gapOf('>', 1)).toEqual([]);
    });
  });
});

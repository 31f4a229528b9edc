import { patternMatches } from '../../src/domain/topic-patterns.js';
import type { SessionSubscription } from '../../src/domain/topics.js';
import type { NumberedTopicMessage } from '../../src/log/topic-history.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openTopics, type TestTopics, topicMessage } from '../support/topics.js';

/** Past 256 topics the stream is read by stretches of its numbers, no longer topic by topic. */
const MANY = 300;

describe('TopicHistory', () => {
  let database: TestDatabase;
  let one: TestTopics;
  let other: TestTopics;

  beforeEach(async () => {
    database = await createTestDatabase();
    one = await openTopics(database.url, { TOPIC_HISTORY_MESSAGES: '10' });
    other = await openTopics(database.url, { TOPIC_HISTORY_MESSAGES: '10' });
  });

  afterEach(async () => {
    await one.close();
    await other.close();
    await database.drop();
  });

  async function send(topics: readonly string[], ttlMs?: number): Promise<void> {
    await Promise.all(topics.map((topic) => one.log.append(topicMessage(topic), { ttlMs })));
  }

  async function readThrough(subscriptions: readonly SessionSubscription[], limit: number) {
    const messages: NumberedTopicMessage[] = [];
    const gap = new Set<string>();
    let pages = 0;
    for (let [above, more] = [0, true]; more;) {
      const page = await one.history.missed(subscriptions, above, limit);
      expect(page.messages.length).toBeLessThanOrEqual(limit);
      expect(page.end).toBeGreaterThan(above);
      for (const topic of page.gap) gap.add(topic);
      messages.push(...page.messages);
      [above, more] = [page.end, page.more];
      pages++;
    }
    return { numbers: messages.map(({ number }) => number), gap: [...gap], pages };
  }

  describe('missed', () => {
    const numbered = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

    it('leaves nothing out of many topics, and repeats nothing', async () => {
      await send(Array.from({ length: 900 }, (_, i) => `many.t${i % MANY}`));
      const read = await readThrough([{ pattern: 'many.*', since: 0 }], 50);
      expect(read).toMatchObject({ numbers: numbered(900), gap: [] });
    });

    it('comes to what is rare among many topics', async () => {
      await send([...Array.from({ length: MANY }, (_, i) => `many.t${i}`), ...new Array<string>(2_000).fill('noise')]);
      await send(['many.t0']);
      const read = await readThrough([{ pattern: 'many.*', since: 0 }], 20);
      expect(read.numbers).toEqual([...numbered(MANY), MANY + 2_000 + 1]);
    });

    it('begins with each subscription where it began, among many topics too', async () => {
      await send(Array.from({ length: MANY }, (_, i) => `many.t${i}`));
      await send(Array.from({ length: MANY }, (_, i) => `many.t${i}`));
      const subscriptions = [
        { pattern: 'many.*', since: MANY },
        { pattern: 'many.t7', since: 0 },
      ];
      const read = await readThrough(subscriptions, 50);
      expect(read.numbers).toEqual([8, ...numbered(MANY).map((number) => MANY + number)]);
    });

    it('tells of what is gone in one of many topics', async () => {
      await send([...Array.from({ length: MANY }, (_, i) => `many.t${i}`), ...new Array<string>(10).fill('many.t5')]);
      await send(['many.t6'], 0);
      const read = await readThrough([{ pattern: '>', since: 0 }], 50);
      expect(read.gap.sort()).toEqual(['many.t5', 'many.t6']);
      expect(read.numbers).toEqual(numbered(MANY + 10).filter((number) => number !== 6));
    });

    it('finds what the patterns match on the live path', async () => {
      const topics = [
        'a',
        'a.b',
        'a.b.c',
        'b.b',
        '$sys.b',
        '$sys',
        'user.b',
        'user',
        'presence.b',
        'presence.b%2Ec',
        'a-.b',
        'a_.b',
      ];
      await send(topics);
      const patterns = [
        '*',
        '>',
        '*.b',
        '*.>',
        'a.*',
        'a.>',
        'a.*.c',
        '$sys.*',
        '$sys',
        'user.*',
        'presence.>',
        'a',
        'presence.b%2Ec',
      ];
      for (const pattern of patterns) {
        const { messages } = await one.history.missed([{ pattern, since: 0 }], 0, 100);
        expect({ pattern, topics: messages.map(({ topic }) => topic) }).toEqual({
          pattern,
          topics: topics.filter((topic) => patternMatches(pattern, topic)),
        });
      }
    });

    it('ends a page of large messages early, and goes on behind it', async () => {
      const payloadJson = JSON.stringify('x'.repeat(300_000));
      await Promise.all(
        ['a', 'b', 'a', 'b', 'a', 'b'].map((topic) => one.log.append(topicMessage(topic, { payloadJson }), {})),
      );
      const read = await readThrough([{ pattern: '*', since: 0 }], 100);
      expect(read).toMatchObject({ numbers: numbered(6), pages: 2, gap: [] });
    });
  });

  describe('what two servers do at once', () => {
    it('prunes each topic to its count, while both append', async () => {
      const topics = Array.from({ length: 40 }, (_, i) => `t${i % 8}`);
      await Promise.all(
        [one, other].map(async (server) => {
          for (let round = 0; round < 5; round++) {
            await Promise.all(topics.map((topic) => server.log.append(topicMessage(topic), {})));
            await server.pruner.prune();
          }
        }),
      );
      await one.pruner.prune();
      await other.pruner.prune();
      const rows = await one.dataSource.query<{ kept: number; heads: number }[]>(
        'select count(*) as kept, (select sum(kept) from topic_heads)::integer as heads from topic_messages',
      );
      expect(rows).toEqual([{ kept: 80, heads: 400 }]);
      expect((await one.history.page({ topic: 't0', limit: 100 }))?.messages).toHaveLength(10);
    });
  });

  describe('TOPIC_HISTORY_MESSAGES', () => {
    it('keeps nothing where it is 0, and says so to those who come back', async () => {
      const server = await openTopics(database.url, { TOPIC_HISTORY_MESSAGES: '0' });
      await server.log.append(topicMessage('t'), {});
      expect(await server.history.page({ topic: 't', limit: 10 })).toEqual({ messages: [], hasMore: false });
      expect(await server.history.missed([{ pattern: 't', since: 0 }], 0, 10)).toEqual({
        messages: [],
        end: 1,
        more: false,
        gap: ['t'],
      });
      await server.close();
    });
  });

  describe('append', () => {
    it('lets a message that cannot be stored fail alone', async () => {
      const messages = ['"a"', '"b \0"', '"c"'].map((payloadJson) => topicMessage('t', { payloadJson }));
      const outcomes = await Promise.allSettled(messages.map((message) => one.log.append(message, {})));
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      await new Promise(setImmediate);
      expect(one.told.flatMap(({ failed }) => failed)).toEqual([messages[1]]);
      expect(await one.log.newest()).toBe(2);
    });
  });
});

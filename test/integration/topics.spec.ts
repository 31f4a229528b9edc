import { UnavailableError } from '../../src/domain/errors.js';
import type { TopicMessage } from '../../src/domain/topics.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { blocked, Obstacle, terminateSessions } from '../support/sessions.js';
import { openTopics, type TestTopics, topicMessage } from '../support/topics.js';

const HISTORY = { TOPIC_HISTORY_MESSAGES: '10', TOPIC_HISTORY_S: '100' };
const ALL = 1_000;

describe('topics in the database', () => {
  let database: TestDatabase;
  let one: TestTopics;
  let other: TestTopics;
  let topic: string;
  let topics = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    one = await openTopics(database.url, HISTORY);
    other = await openTopics(database.url, HISTORY);
  });

  afterAll(async () => {
    await one.close();
    await other.close();
    await database.drop();
  });

  beforeEach(() => {
    topics++;
    topic = `t${topics}.a`;
    one.clock.time = other.clock.time = 1_700_000_000_000;
  });

  async function send(count: number, more: Partial<TopicMessage> = {}, ttlMs?: number): Promise<string[]> {
    const messages = Array.from({ length: count }, () => topicMessage(topic, more));
    await Promise.all(messages.map((message) => one.log.append(message, { ttlMs })));
    return messages.map(({ id }) => id);
  }

  async function idsOf(query: Partial<Parameters<TestTopics['history']['page']>[0]> = {}) {
    const page = await one.history.page({ topic, limit: ALL, ...query });
    return page && { ids: page.messages.map(({ id }) => id), hasMore: page.hasMore };
  }

  function missed(pattern: string, above: number, { since = 0, limit = ALL } = {}) {
    return one.history.missed([{ pattern, since }], above, limit);
  }

  describe('TopicLog', () => {
    it('numbers what two servers send densely, each in its order', async () => {
      const before = await one.log.newest();
      const sent = Array.from({ length: 200 }, () => topicMessage(topic));
      await Promise.all(sent.map((message, i) => (i % 2 ? one : other).log.append(message, {})));
      const rows = await one.dataSource.query<{ number: number; message_id: string }[]>(
        'select number, message_id from topic_messages where topic = $1 order by number',
        [topic],
      );
      expect(rows.map(({ number }) => number)).toEqual(sent.map((_, i) => before + i + 1));
      const places = new Map(rows.map(({ message_id }, place) => [message_id, place]));
      for (const server of [0, 1]) {
        const own = sent.filter((_, i) => i % 2 === server).map(({ id }) => places.get(id) ?? -1);
        expect(own).toEqual([...own].sort((a, b) => a - b));
      }
    });

    it('keeps a message once when its retries race on two servers', async () => {
      const retries = Array.from({ length: 40 }, () => topicMessage(topic));
      const answers = await Promise.all(
        retries.map((message, i) => (i % 2 ? one : other).log.append(message, { key: 'once' })),
      );
      expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect(new Set(answers.map(({ messageId }) => messageId)).size).toBe(1);
      expect(await idsOf()).toMatchObject({ ids: [answers[0]?.messageId] });
    });

    it('keeps the keys of senders and topics apart', async () => {
      const others = [topicMessage(topic), topicMessage(topic, { sender: 'ben' }), topicMessage(`${topic}.b`)];
      const answers = await Promise.all(others.map((message) => one.log.append(message, { key: 'k' })));
      expect(answers.map(({ isNew }) => isNew)).toEqual([true, true, true]);
    });

    it('remembers for a repetition whom the first was handed to, though history did not keep it', async () => {
      const message = topicMessage(topic);
      await one.log.append(message, { key: 'k', ttlMs: 0 });
      one.log.noteRecipients(message, 'k', 7);
      const again = await eventually(async () => {
        const appended = await one.log.append(topicMessage(topic), { key: 'k' });
        return appended.recipients === undefined ? undefined : appended;
      }, 'the note');
      expect(again).toEqual({ messageId: message.id, isNew: false, recipients: 7 });
    });

    it('tells what is committed after its answers, in the order of the numbers', async () => {
      const message = topicMessage(topic);
      // What tests before this one have sent may still be to be told.
      await new Promise(setImmediate);
      const before = one.told.length;
      await one.log.append(message, {});
      expect(one.told).toHaveLength(before);
      await new Promise(setImmediate);
      expect(one.told.at(-1)).toEqual({ messages: [message], newest: await one.log.newest(), failed: [] });
      expect(one.told.at(-1)?.messages[0]).toBe(message);
    });

    it('says 503 while the database is away, tells what was lost by it, and goes on', async () => {
      const server = await openTopics(database.url);
      const message = topicMessage(topic);
      const obstacle = await Obstacle.raise(database.url, 'select 1 from topic_clock for update');
      const refused = expect(server.log.append(message, {})).rejects.toThrow(UnavailableError);
      await blocked(database.url);
      await terminateSessions(database.url);
      await refused;
      await new Promise(setImmediate);
      expect(server.told.at(-1)?.failed).toEqual([message]);
      await obstacle.remove();
      await eventually(() => server.log.append(topicMessage(topic), {}).catch(() => undefined), 'the database');
      await server.close();
      // The others have lost their connections too.
      for (const log of [one.log, other.log]) {
        await eventually(() => log.append(topicMessage(topic), {}).catch(() => undefined), 'the database');
      }
    });

    it('refuses what is more than may wait', async () => {
      const server = await openTopics(database.url, { MAX_QUEUED_COMMANDS: '1' });
      const [first, second] = [topicMessage(topic), topicMessage(topic)];
      const appended = server.log.append(first, {});
      await expect(server.log.append(second, {})).rejects.toThrow(UnavailableError);
      await appended;
      await new Promise(setImmediate);
      expect(server.told.flatMap(({ failed }) => failed)).toEqual([second]);
      await server.close();
    });
  });

  describe('TopicHistory', () => {
    it('shows the newest, oldest first, and pages both ways', async () => {
      const ids = await send(8);
      expect(await idsOf({ limit: 3 })).toEqual({ ids: ids.slice(5), hasMore: true });
      expect(await idsOf({ limit: 3, before: ids[5] })).toEqual({ ids: ids.slice(2, 5), hasMore: true });
      expect(await idsOf({ limit: 3, before: ids[2] })).toEqual({ ids: ids.slice(0, 2), hasMore: false });
      expect(await idsOf({ limit: 3, after: ids[3] })).toEqual({ ids: ids.slice(4, 7), hasMore: true });
      expect(await idsOf({ limit: 3, after: ids[4] })).toEqual({ ids: ids.slice(5), hasMore: false });
      expect(await idsOf({ before: 'broadcast_unknown' })).toBeUndefined();
    });

    it('shows what was sent since a time', async () => {
      const [, second] = [await send(2), await send(2, { at: 1_700_000_000_500 })];
      expect(await idsOf({ since: 1_700_000_000_500 })).toEqual({ ids: second, hasMore: false });
      expect(await idsOf({ since: 1_700_000_000_501 })).toEqual({ ids: [], hasMore: false });
    });

    it('ends a page of large messages early', async () => {
      const ids = await send(3, { payloadJson: JSON.stringify('x'.repeat(300_000)) });
      expect(await idsOf()).toEqual({ ids: ids.slice(1), hasMore: true });
    });

    it('shows as many as TOPIC_HISTORY_MESSAGES says, though nothing was pruned yet', async () => {
      const ids = await send(15);
      expect(await idsOf()).toEqual({ ids: ids.slice(5), hasMore: false });
      expect(await idsOf({ before: ids[2] })).toBeUndefined();
    });

    it('forgets what is older than TOPIC_HISTORY_S, or than its own time', async () => {
      const short = await send(1, {}, 5_000);
      const long = await send(1);
      expect(await idsOf()).toMatchObject({ ids: [...short, ...long] });
      one.clock.time += 5_000;
      expect(await idsOf()).toMatchObject({ ids: long });
      one.clock.time += 95_000;
      expect(await idsOf()).toMatchObject({ ids: [] });
    });

    it('does not keep what is to be kept for no time', async () => {
      await send(1, {}, 0);
      expect(await idsOf()).toMatchObject({ ids: [] });
    });
  });

  describe('what was missed', () => {
    it.each(['t*.a', '*.a', '>', 'never'])('is nothing by the pattern %s, which does not match', async (pattern) => {
      const above = await one.log.newest();
      topic = `user.t${topics}.a`;
      await send(1);
      expect((await missed(pattern, above)).messages).toEqual([]);
    });

    it('is what matches, once, in its order, page by page', async () => {
      const above = await one.log.newest();
      const ids = await send(5);
      const patterns = [topic, `t${topics}.*`, `*.a`, `t${topics}.>`].map((pattern) => ({ pattern, since: 0 }));
      const first = await one.history.missed(patterns, above, 3);
      expect(first).toMatchObject({ more: true, end: above + 3, gap: [] });
      const rest = await one.history.missed(patterns, first.end, 3);
      expect(rest).toMatchObject({ more: false, gap: [] });
      expect([...first.messages, ...rest.messages].map(({ id }) => id)).toEqual(ids);
    });

    it('is nothing from before the subscription', async () => {
      const above = await one.log.newest();
      await send(2);
      const since = await one.log.newest();
      const [id] = await send(1);
      expect((await missed(topic, above, { since })).messages.map((message) => message.id)).toEqual([id]);
    });

    it.each<[string, () => Promise<unknown>]>([
      ['is more than history keeps', () => send(11)],
      ['is too old', async () => (await send(1), (one.clock.time += 100_000))],
      ['was never kept', () => send(1, {}, 0)],
      ['has been pruned', async () => (await send(11), one.pruner.prune())],
      ['has expired and been pruned', async () => (await send(1), (one.clock.time += 100_000), one.pruner.prune())],
    ])('has a gap where it %s', async (_, happen) => {
      const above = await one.log.newest();
      await send(1);
      await happen();
      expect((await missed(topic, above)).gap).toEqual([topic]);
      expect((await missed(`t${topics}.>`, above)).gap).toEqual([topic]);
      expect((await missed(topic, await one.log.newest())).gap).toEqual([]);
      expect((await missed(topic, above, { since: await one.log.newest() })).gap).toEqual([]);
    });
  });

  describe('pruning', () => {
    const kept = async () => {
      const [row] = await one.dataSource.query<{ count: number }[]>(
        'select count(*) from topic_messages where topic = $1',
        [topic],
      );
      return row?.count;
    };

    it('takes away what is too many and what is too old', async () => {
      await send(1_200);
      await one.pruner.prune();
      expect(await kept()).toBe(10);
      one.clock.time += 100_000;
      await one.pruner.prune();
      expect(await kept()).toBe(0);
    });

    it('waits for nobody, and nobody for it', async () => {
      await send(12);
      const reader = other.dataSource.createQueryRunner();
      await reader.startTransaction();
      await reader.query('select 1 from topic_messages where topic = $1 for update', [topic]);
      await one.pruner.prune();
      expect(await kept()).toBe(12);
      await send(1);
      await reader.rollbackTransaction();
      await reader.release();
      await send(1);
      await one.pruner.prune();
      expect(await kept()).toBe(10);
    });

    it('forgets keys after a day, not before', async () => {
      const message = topicMessage(topic);
      await one.log.append(message, { key: 'k' });
      const later = () => topicMessage(topic, { at: one.clock.time });
      one.clock.time += 23 * 3_600_000;
      await one.pruner.prune();
      expect(await one.log.append(later(), { key: 'k' })).toMatchObject({ isNew: false });
      one.clock.time += 3 * 3_600_000;
      await one.pruner.prune();
      expect(await one.log.append(later(), { key: 'k' })).toMatchObject({ isNew: true });
    });
  });

  describe('SessionStore', () => {
    it('begins a session where everything is now', async () => {
      await send(1);
      const session = await one.sessions.open('ann', topic);
      expect(session).toMatchObject({ name: topic, resumed: false, gap: [], subscriptions: [] });
      expect(session.position).toBe(await one.log.newest());
    });

    it('brings back its subscriptions in their order, each with its beginning, and how far it got', async () => {
      const { sessionId } = await one.sessions.open('ann', topic);
      const since = await one.sessions.subscribe(sessionId, ['z', 'a.*']);
      await send(1);
      await one.sessions.subscribe(sessionId, ['b', 'z']);
      await one.sessions.unsubscribe(sessionId, ['a.*', 'unknown']);
      await one.sessions.savePositions([{ sessionId, position: since + 1 }]);
      await one.sessions.savePositions([{ sessionId, position: since }]);
      expect(await other.sessions.open('ann', topic)).toEqual({
        sessionId,
        name: topic,
        resumed: true,
        gap: [],
        position: since + 1,
        subscriptions: [
          { pattern: 'z', since },
          { pattern: 'b', since: since + 1 },
        ],
      });
    });

    it('tells the truth where history no longer has it all', async () => {
      const { sessionId } = await one.sessions.open('ann', topic);
      await one.sessions.subscribe(sessionId, [topic]);
      await send(12);
      expect(await one.sessions.open('ann', topic)).toMatchObject({ sessionId, resumed: false, gap: [topic] });
    });

    it('forgets a session after SESSION_TTL_S, unless somebody is there', async () => {
      const { sessionId } = await one.sessions.open('ann', topic);
      await one.sessions.subscribe(sessionId, ['a']);
      one.clock.time += 299_000;
      await one.sessions.touch([sessionId]);
      one.clock.time += 299_000;
      await one.pruner.prune();
      expect(await one.sessions.open('ann', topic)).toMatchObject({ resumed: true });
      one.clock.time += 301_000;
      expect(await one.sessions.open('ann', topic)).toMatchObject({ resumed: false, gap: [], subscriptions: [] });
      one.clock.time += 301_000;
      await one.pruner.prune();
      expect(await one.sessions.open('ann', topic)).not.toMatchObject({ sessionId });
    });

    it('keeps the sessions of users apart', async () => {
      const ann = await one.sessions.open('ann', topic);
      expect((await one.sessions.open('ben', topic)).sessionId).not.toBe(ann.sessionId);
    });
  });
});

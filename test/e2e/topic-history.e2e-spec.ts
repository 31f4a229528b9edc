import { deliveries, type Delivery, freshTopic, type HistoryPage, historyOf, payloads } from '../support/broadcasts.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';

const payloadsOf = ({ messages }: HistoryPage): unknown[] => messages.map(({ payload }) => payload);
const idOf = (message: Delivery | undefined): string => message?.metadata.message_id ?? '';

/** Broadcasts the numbers from 0 on. @returns their messages, as history has them */
async function fill(client: RealtimeClient, topic: string, count: number): Promise<readonly Delivery[]> {
  for (let n = 0; n < count; n += 1) client.send({ type: 'Broadcast', data: { topic, payload: n }, id: `fill${n}` });
  await client.answer(`fill${count - 1}`);
  return (await historyOf(client, topic, { limit: 500 })).messages;
}

describe('the history of a topic', () => {
  let server: TestServer;
  let ann: string;
  let client: RealtimeClient;
  let topic: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    [[ann], topic] = [freshUsers('Ann'), freshTopic()];
    client = await server.connectRealtime(ann);
  });

  it('shows the data of each delivery, oldest first, then the Ack', async () => {
    await client.subscribe(topic);
    await client.broadcast(topic, { message: 'one' }, { mood: 'happy', ttl: 60 });
    await client.broadcast(topic, null);
    client.send({ type: 'History', data: { topic }, id: 'h1' });
    await client.answer('h1');

    expect(deliveries(client)).toHaveLength(2);
    expect(client.frames.slice(-2)).toEqual([
      { type: 'History', data: { topic, messages: deliveries(client), has_more: false } },
      { type: 'Ack', data: { message_id: 'h1', status: 'ok' } },
    ]);
  });

  it('is not acked where there is no id', async () => {
    client.send({ type: 'History', data: { topic } });
    await client.of('History');
    await client.settled();
    expect(client.all('Ack')).toEqual([]);
  });

  it('is empty where nothing was ever sent', async () => {
    expect(await historyOf(client, topic)).toEqual({ topic, messages: [], has_more: false });
  });

  it('is that of the very topic, not of those below it', async () => {
    await client.broadcast(`${topic}.a`, 'below');
    await client.broadcast(topic, 'here');
    expect(payloadsOf(await historyOf(client, topic))).toEqual(['here']);
  });

  it('has what the connection has sent before, without waiting for its Ack', async () => {
    for (const payload of [1, 2, 3]) client.send({ type: 'Broadcast', data: { topic, payload } });
    client.send({ type: 'History', data: { topic } });
    const { data } = await client.of('History');
    expect(payloadsOf(data as unknown as HistoryPage)).toEqual([1, 2, 3]);
  });

  describe('is read in pages', () => {
    it('of 50, the newest, where nothing else is said', async () => {
      await fill(client, topic, 60);
      const page = await historyOf(client, topic);
      expect(payloadsOf(page)).toEqual(Array.from({ length: 50 }, (_, index) => index + 10));
      expect(page.has_more).toBe(true);
    });

    it('of 1 to 500', async () => {
      await fill(client, topic, 501);
      expect(payloadsOf(await historyOf(client, topic, { limit: 1 }))).toEqual([500]);
      const page = await historyOf(client, topic, { limit: 500 });
      expect([page.messages.length, page.has_more]).toEqual([500, true]);
    });

    it('backwards from a message to the first', async () => {
      await fill(client, topic, 10);
      const seen: unknown[] = [];
      let page = await historyOf(client, topic, { limit: 4 });
      for (;;) {
        seen.unshift(...payloadsOf(page));
        if (!page.has_more) break;
        page = await historyOf(client, topic, { limit: 4, before: idOf(page.messages[0]) });
      }
      expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(payloadsOf(page)).toEqual([0, 1]);
    });

    it('forwards from a message to the last', async () => {
      const [first] = await fill(client, topic, 10);
      const seen: unknown[] = [];
      let page = await historyOf(client, topic, { limit: 3, after: idOf(first) });
      for (;;) {
        seen.push(...payloadsOf(page));
        if (!page.has_more) break;
        page = await historyOf(client, topic, { limit: 3, after: idOf(page.messages.at(-1)) });
      }
      expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(payloadsOf(page)).toEqual([7, 8, 9]);
    });

    it('that end with the last message just so', async () => {
      const messages = await fill(client, topic, 4);
      expect(await historyOf(client, topic, { limit: 4 })).toMatchObject({ has_more: false });
      expect(await historyOf(client, topic, { limit: 2, before: idOf(messages[2]) })).toMatchObject({
        has_more: false,
      });
      expect(await historyOf(client, topic, { limit: 2, after: idOf(messages[1]) })).toMatchObject({ has_more: false });
      expect(await historyOf(client, topic, { after: idOf(messages[3]) })).toMatchObject({
        messages: [],
        has_more: false,
      });
      expect(await historyOf(client, topic, { before: idOf(messages[0]) })).toMatchObject({
        messages: [],
        has_more: false,
      });
    });

    it('from a time on, oldest first; with a message before which, back to that time', async () => {
      const old = await fill(client, topic, 3);
      const last = old[2]?.metadata.sent_at ?? 0;
      // The clock has to go on, so that the times differ.
      await eventually(() => (Date.now() > last + 1 ? true : undefined), 'another millisecond');
      const since = Date.now();
      for (const payload of ['a', 'b', 'c', 'd']) await client.broadcast(topic, payload);
      const { messages } = await historyOf(client, topic);

      expect(payloadsOf(await historyOf(client, topic, { since }))).toEqual(['a', 'b', 'c', 'd']);
      const first = await historyOf(client, topic, { since, limit: 2 });
      expect([payloadsOf(first), first.has_more]).toEqual([['a', 'b'], true]);
      const back = await historyOf(client, topic, { since, before: idOf(messages[5]), limit: 2 });
      expect([payloadsOf(back), back.has_more]).toEqual([['a', 'b'], false]);
      expect(payloadsOf(await historyOf(client, topic, { since, before: idOf(messages[2]) }))).toEqual([]);
      expect(payloadsOf(await historyOf(client, topic, { since: last, limit: 500 }))).toContain(2);
      expect(payloadsOf(await historyOf(client, topic, { since: Date.now() + 60_000 }))).toEqual([]);
      expect(payloadsOf(await historyOf(client, topic, { since: 0, limit: 1 }))).toEqual([0]);
    });

    it('that end early where messages are large', async () => {
      const large = 'x'.repeat(60_000);
      for (let n = 0; n < 12; n += 1) await client.broadcast(topic, `${n} ${large}`);
      const page = await historyOf(client, topic);
      expect(page.has_more).toBe(true);
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(600_000);
      const rest = await historyOf(client, topic, { before: idOf(page.messages[0]) });
      expect(rest.messages.length + page.messages.length).toBe(12);
    });
  });

  describe('is refused', () => {
    it.each<[string, object, string]>([
      ['no topic', { topic: undefined }, 'data.topic'],
      ['a wildcard', { topic: 'news.*' }, 'data.topic'],
      ['a limit of 0', { limit: 0 }, 'data.limit'],
      ['a limit of 501', { limit: 501 }, 'data.limit'],
      ['a limit that is a text', { limit: '5' }, 'data.limit'],
      ['a limit that is not whole', { limit: 1.5 }, 'data.limit'],
      ['a before that is a number', { before: 7 }, 'data.before'],
      ['a since that is a text', { since: 'yesterday' }, 'data.since'],
      ['a negative since', { since: -1 }, 'data.since'],
    ])('with 400 where there is %s', async (_what, data, field) => {
      expect(await client.ask('History', { topic, ...data })).toMatchObject({
        type: 'Error',
        data: { code: 400, details: { field } },
      });
    });

    it.each(['before', 'after'])('with 404 where %s names no message of the topic', async (direction) => {
      await fill(client, topic, 2);
      const [elsewhere] = await fill(client, `${topic}.b`, 1);
      for (const id of [idOf(elsewhere), 'broadcast_0', 'dm_1', 'nonsense', "' or 1=1"]) {
        expect(await client.ask('History', { topic, [direction]: id })).toMatchObject({
          type: 'Error',
          data: { code: 404, details: { field: `data.${direction}` } },
        });
      }
    });
  });

  describe('with a ttl', () => {
    it('of 0 never has the message, which is delivered all the same', async () => {
      await client.subscribe(topic);
      await client.broadcast(topic, 'fleeting', { ttl: 0 });
      await client.broadcast(topic, 'kept');

      expect(payloads(client)).toEqual(['fleeting', 'kept']);
      expect(payloadsOf(await historyOf(client, topic))).toEqual(['kept']);
      const { message_id } = deliveries(client)[0]?.metadata ?? {};
      expect(await client.ask('History', { topic, before: message_id })).toMatchObject({ data: { code: 404 } });
    });

    it('has it for so many seconds, and the others on', async () => {
      const began = Date.now();
      for (const [payload, ttl] of [
        ['one', undefined],
        ['brief', 1],
        ['long', 3_600],
      ] as const) {
        await client.broadcast(topic, payload, ttl === undefined ? undefined : { ttl });
      }
      expect(payloadsOf(await historyOf(client, topic))).toEqual(['one', 'brief', 'long']);
      const page = await eventually(async () => {
        const now = await historyOf(client, topic);
        return now.messages.length < 3 ? now : undefined;
      }, 'the end of the message');

      expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
      expect(payloadsOf(page)).toEqual(['one', 'long']);
    });

    it('as large as a number can be is bounded by what history keeps', async () => {
      await client.broadcast(topic, 'one', { ttl: Number.MAX_SAFE_INTEGER });
      expect(payloadsOf(await historyOf(client, topic))).toEqual(['one']);
    });
  });
});

describe('TOPIC_HISTORY_MESSAGES', () => {
  let server: TestServer;

  afterEach(() => server.stop());

  it('is how many messages a topic keeps', async () => {
    server = await TestServer.start({ TOPIC_HISTORY_MESSAGES: '5' });
    const client = await server.connectRealtime('Ann');
    const [first, second] = await fill(client, 'news', 5);
    await client.broadcast('other', 'x');
    for (const payload of [5, 6, 7]) await client.broadcast('news', payload);

    const page = await historyOf(client, 'news');
    expect([payloadsOf(page), page.has_more]).toEqual([[3, 4, 5, 6, 7], false]);
    for (const message of [first, second]) {
      expect(await client.ask('History', { topic: 'news', after: idOf(message) })).toMatchObject({
        data: { code: 404 },
      });
    }
    expect(payloadsOf(await historyOf(client, 'other'))).toEqual(['x']);
  });

  it('does not count those with a ttl of 0', async () => {
    server = await TestServer.start({ TOPIC_HISTORY_MESSAGES: '2' });
    const client = await server.connectRealtime('Ann');
    await fill(client, 'news', 2);
    await client.broadcast('news', 'fleeting', { ttl: 0 });

    expect(payloadsOf(await historyOf(client, 'news'))).toEqual([0, 1]);
  });

  it('is 1,000 where nothing else is said', async () => {
    server = await TestServer.start();
    const client = await server.connectRealtime('Ann');
    await fill(client, 'news', 1_003);
    const newer = await historyOf(client, 'news', { limit: 500 });
    const older = await historyOf(client, 'news', { limit: 500, before: idOf(newer.messages[0]) });

    expect(payloadsOf(older)[0]).toBe(3);
    expect(older.has_more).toBe(false);
  });
});

describe('TOPIC_HISTORY_S', () => {
  it('is how long a topic keeps a message, whatever its ttl', async () => {
    const server = await TestServer.start({ TOPIC_HISTORY_S: '1' });
    const client = await server.connectRealtime('Ann');
    const began = Date.now();
    const [first] = await fill(client, 'news', 2);
    await client.broadcast('news', 'long', { ttl: 3_600 });
    expect(payloadsOf(await historyOf(client, 'news'))).toEqual([0, 1, 'long']);
    await eventually(
      async () => ((await historyOf(client, 'news')).messages.length === 0 ? true : undefined),
      'the end',
    );

    expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(await client.ask('History', { topic: 'news', after: idOf(first) })).toMatchObject({ data: { code: 404 } });
    await client.broadcast('news', 'new');
    expect(payloadsOf(await historyOf(client, 'news'))).toEqual(['new']);
    await server.stop();
  });
});

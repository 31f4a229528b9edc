import { historyOf, payloads } from '../support/broadcasts.js';
import { onServer } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeConnectOptions } from '../support/realtime-client.js';
import { newestTopicNumber } from '../support/topic-clock.js';

let server: TestServer;
let speaker: RealtimeClient;
let ann: string;

/** @param env how much is kept */
function useServer(env: Record<string, string>): void {
  beforeAll(async () => {
    server = await TestServer.start(env);
    speaker = await server.connectRealtime('Speaker', { protocols: ['realtime.v1'] });
  });

  beforeEach(() => {
    [ann] = freshUsers('Ann');
  });

  afterAll(() => server.stop());
}

const connect = (options: RealtimeConnectOptions = {}): Promise<RealtimeClient> =>
  server.connectRealtime(ann, { protocols: ['realtime.v1'], query: { session: 'home' }, ...options });

/** Subscribes and goes. */
async function leave(...topics: readonly string[]): Promise<void> {
  const client = await connect();
  await client.subscribe(...topics);
  await client.close();
}

const say = async (topic: string, words: readonly string[], metadata?: Record<string, unknown>): Promise<void> => {
  for (const word of words) await speaker.broadcast(topic, word, metadata);
};

const words = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, n) => `${from + n}`);

const heardUntilNow = async (client: RealtimeClient): Promise<unknown[]> => {
  await client.subscribe('marker');
  await say('marker', ['the last word']);
  await client.of('Broadcast', ({ topic }) => topic === 'marker');
  return payloads(client).slice(0, -1);
};

/** Gaps told after the Welcome. */
const laterGaps = (client: RealtimeClient): unknown[] =>
  client.all('Status').filter(({ data }) => data.status === 'gap');

describe('a session whose topics keep 5 messages', () => {
  useServer({ TOPIC_HISTORY_MESSAGES: '5' });

  it('is resumed where exactly so many were missed', async () => {
    await leave('full');
    await say('full', words(1, 5));
    const back = await connect();
    expect(back.welcome).toMatchObject({ resumed: true });
    expect(await heardUntilNow(back)).toEqual(words(1, 5));
    expect(laterGaps(back)).toEqual([]);
  });

  it('names the topics of which more was missed, and brings what is left, and the rest of the others', async () => {
    await leave('over', 'under', 'quiet');
    await say('over', words(1, 2));
    await say('under', words(11, 12));
    await say('over', words(3, 6));
    await say('under', words(13, 15));
    const back = await connect();
    expect(back.welcome).toMatchObject({ resumed: false, gap: ['over'] });
    expect(await heardUntilNow(back)).toEqual(['2', '11', '12', ...words(3, 6), ...words(13, 15)]);
    expect(laterGaps(back)).toEqual([]);
  });

  it('is still subscribed', async () => {
    await leave('sub');
    await say('sub', words(1, 6));
    const back = await connect();
    back.send({ type: 'Subscribe', data: { topics: ['sub'] } });
    const { data } = await back.of('Status', ({ status }) => status === 'subscribed');
    expect(data.details).toMatchObject({ active_subscriptions: 1 });
    await say('sub', ['live']);
    await back.of('Broadcast', ({ payload }) => payload === 'live');
  });

  it('names topics, not the patterns that match them', async () => {
    await leave('p.*', 'q.>');
    await say('p.a', words(1, 6));
    await say('p.b', words(1, 5));
    await say('q.c.d', words(1, 7));
    await say('r', words(1, 7));
    const { welcome } = await connect();
    expect(welcome.resumed).toBe(false);
    expect(new Set(welcome.gap as string[])).toEqual(new Set(['p.a', 'q.c.d']));
  });

  it('has no gap in what was confirmed, nor in what was said before it was subscribed to', async () => {
    await say('late', words(1, 4));
    const first = await connect();
    await first.subscribe('late');
    await say('late', words(5, 9));
    await first.hasConfirmed(await newestTopicNumber(server.database.url));
    await first.vanish();
    await say('late', words(10, 14));
    const back = await connect();
    expect(back.welcome).toMatchObject({ resumed: true });
    expect(await heardUntilNow(back)).toEqual(words(10, 14));
  });

  it('has one in what was delivered and not confirmed: nobody knows whether it arrived', async () => {
    const deaf = await connect({ deaf: true });
    await deaf.subscribe('unconfirmed');
    await say('unconfirmed', words(1, 6));
    await deaf.of('Broadcast', ({ payload }) => payload === '6');
    await deaf.vanish();
    const back = await connect();
    expect(back.welcome).toMatchObject({ resumed: false, gap: ['unconfirmed'] });
    expect(await heardUntilNow(back)).toEqual(words(2, 6));
  });

  it('has none in what was unsubscribed from', async () => {
    const first = await connect();
    await first.subscribe('left', 'kept');
    await first.request('Unsubscribe', { topics: ['left'] });
    await first.close();
    await say('left', words(1, 6));
    expect((await connect()).welcome).toMatchObject({ resumed: true });
  });

  it('tells it again until the client has confirmed that it came', async () => {
    await leave('again');
    await say('again', words(1, 6));
    const deaf = await connect({ deaf: true });
    await deaf.of('Broadcast', ({ payload }) => payload === '6');
    await deaf.vanish();
    const second = await connect();
    expect(second.welcome).toMatchObject({ resumed: false, gap: ['again'] });
    await second.hasConfirmed(await newestTopicNumber(server.database.url));
    await second.vanish();
    expect((await connect()).welcome).toMatchObject({ resumed: true });
  });

  it('names what was never kept', async () => {
    await leave('moment', 'kept');
    await say('kept', ['1']);
    await say('moment', ['gone'], { ttl: 0 });
    await say('kept', ['2']);
    const back = await connect();
    expect(back.welcome).toMatchObject({ resumed: false, gap: ['moment'] });
    expect(await heardUntilNow(back)).toEqual(['1', '2']);
  });

  it('names what its time to live has ended', async () => {
    await leave('short', 'long');
    await say('short', ['gone'], { ttl: 1 });
    await say('short', ['stays']);
    await say('long', ['stays too'], { ttl: 3600 });
    await eventually(
      async () => ((await historyOf(speaker, 'short')).messages.length === 1 ? true : undefined),
      'the end of the message',
    );
    const back = await connect();
    expect(back.welcome).toMatchObject({ resumed: false, gap: ['short'] });
    expect(await heardUntilNow(back)).toEqual(['stays', 'stays too']);
  });

  it('has no gap in what never was to be kept and was confirmed', async () => {
    const first = await connect();
    await first.subscribe('moment2');
    await say('moment2', ['seen'], { ttl: 0 });
    await first.hasConfirmed(await newestTopicNumber(server.database.url));
    await first.vanish();
    expect((await connect()).welcome).toMatchObject({ resumed: true });
  });

  it('tells by a Status what is lost between the Welcome and the first frame', async () => {
    await leave('between');
    await say('between', words(1, 5));
    const back = await connect({ protocols: [] });
    expect(back.welcome).toMatchObject({ resumed: true });
    await say('between', words(6, 8));
    await back.settled();
    expect(await heardUntilNow(back)).toEqual(words(4, 8));
    expect(laterGaps(back).map((frame) => (frame as { data: unknown }).data)).toEqual([
      { status: 'gap', details: { topics: ['between'] } },
    ]);
  });
});

describe('a session whose topics keep their messages for a second', () => {
  useServer({ TOPIC_HISTORY_S: '1' });

  it('brings what is left, and names the topics of which something is over', async () => {
    await leave('old', 'new');
    await say('old', words(1, 3));
    await eventually(
      async () => ((await historyOf(speaker, 'old')).messages.length === 0 ? true : undefined),
      'the end of the messages',
    );
    await say('new', ['4']);
    const back = await connect();
    expect(back.welcome).toMatchObject({ resumed: false, gap: ['old'] });
    expect(await heardUntilNow(back)).toEqual(['4']);
  });
});

describe('a session whose topics keep nothing', () => {
  useServer({ TOPIC_HISTORY_MESSAGES: '0' });

  it('brings what is said while it is there, and names what was said while it was not', async () => {
    const first = await connect();
    await first.subscribe('news');
    await say('news', ['1']);
    await first.hasConfirmed(await newestTopicNumber(server.database.url));
    await first.vanish();
    expect((await connect().then(async (client) => (await client.vanish(), client))).welcome).toMatchObject({
      resumed: true,
    });
    await say('news', ['2']);
    const back = await connect();
    expect(back.welcome).toMatchObject({ resumed: false, gap: ['news'] });
    expect(await heardUntilNow(back)).toEqual([]);
  });
});

describe('a session that outlives its connection for half a second', () => {
  const TTL_MS = 500;
  useServer({ SESSION_TTL_S: String(TTL_MS / 1_000) });

  /** ms since the epoch. */
  const lastSeen = (): Promise<number> =>
    onServer(server.database.url, async (client) => {
      const { rows } = await client.query<{ last_seen: string }>('select last_seen from sessions where user_id = $1', [
        ann,
      ]);
      return Number(rows[0]?.last_seen);
    });

  const isOver = async (): Promise<true | undefined> => ((await lastSeen()) + TTL_MS < Date.now() ? true : undefined);

  it('is new after that, without subscriptions and without a gap', async () => {
    await leave('news');
    await say('news', ['missed']);
    await eventually(isOver, 'the end of the session');
    const back = await connect();
    expect(back.welcome).toMatchObject({ resumed: false });
    expect(back.welcome).not.toHaveProperty('gap');
    expect(await heardUntilNow(back)).toEqual([]);
    await say('news', ['unwanted']);
    expect(await heardUntilNow(back)).not.toContain('unwanted');
  });

  it('stays while it is connected, however little happens, and its time begins when that ends', async () => {
    const first = await connect();
    await first.subscribe('news');
    const began = await lastSeen();
    await eventually(
      async () => ((await lastSeen()) > began + 2 * TTL_MS ? true : undefined),
      'a session that is still in use',
    );
    await first.close();
    await say('news', ['missed']);
    const back = await connect();
    expect(back.welcome).toMatchObject({ resumed: true });
    expect(await heardUntilNow(back)).toEqual(['missed']);
  });
});

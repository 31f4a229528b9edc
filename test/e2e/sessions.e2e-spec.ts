import { payloads } from '../support/broadcasts.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeConnectOptions } from '../support/realtime-client.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { signToken } from '../support/tokens.js';
import { newestTopicNumber } from '../support/topic-clock.js';
import { attemptUpgrade } from '../support/upgrade.js';

type Options = RealtimeConnectOptions & { readonly claims?: Record<string, unknown> };

describe('a session', () => {
  let server: TestServer;
  let proxy: TcpProxy;
  let speaker: RealtimeClient;
  let ann: string;

  beforeAll(async () => {
    server = await TestServer.start({}, async (url) => {
      proxy = await TcpProxy.start(url);
      return proxy.through(url);
    });
    speaker = await server.connectRealtime('Speaker', { protocols: ['realtime.v1'] });
  });

  beforeEach(() => {
    [ann] = freshUsers('Ann');
  });

  afterAll(async () => {
    await server.stop();
    await proxy.stop();
  });

  const connect = (userId: string, session = 'home', { query, ...options }: Options = {}): Promise<RealtimeClient> =>
    server.connectRealtime(userId, { protocols: ['realtime.v1'], ...options, query: { session, ...query } });

  /** Each in its turn, so that they are committed in this order. */
  const say = async (topic: string, ...words: readonly string[]): Promise<void> => {
    for (const word of words) await speaker.broadcast(topic, word);
  };

  const heard = (client: RealtimeClient, word: unknown): Promise<unknown> =>
    client.of('Broadcast', ({ payload }) => payload === word);

  /** A word of the marker's own topic comes behind all that was said before. @returns what came before it */
  const heardUntilNow = async (client: RealtimeClient, topic = 'marker'): Promise<unknown[]> => {
    await client.subscribe(topic);
    await say(topic, 'the last word');
    await heard(client, 'the last word');
    return payloads(client).slice(0, -1);
  };

  const confirmAll = async (client: RealtimeClient): Promise<void> =>
    client.hasConfirmed(await newestTopicNumber(server.database.url));

  describe('that is opened for the first time', () => {
    it('is not resumed, and has no gap', async () => {
      const { welcome } = await connect(ann);
      expect(welcome).toMatchObject({ resumed: false });
      expect(welcome).not.toHaveProperty('gap');
    });

    it('has heard nothing of what was said before', async () => {
      await say('news', 'old');
      const client = await connect(ann);
      await client.subscribe('news');
      expect(await heardUntilNow(client)).toEqual([]);
    });

    it('is not spoken of where there is none', async () => {
      const client = await server.connectRealtime(ann, { protocols: ['realtime.v1'] });
      expect(client.welcome).not.toHaveProperty('resumed');
      expect(client.welcome).not.toHaveProperty('gap');
    });
  });

  describe('whose client comes back', () => {
    it('is resumed, also where nothing was subscribed to and nothing was said', async () => {
      await (await connect(ann)).close();
      const { welcome } = await connect(ann);
      expect(welcome).toMatchObject({ resumed: true });
      expect(welcome).not.toHaveProperty('gap');
    });

    it('is subscribed as before', async () => {
      const first = await connect(ann);
      await first.subscribe('news', 'sport');
      await first.close();

      const second = await connect(ann);
      second.send({ type: 'Subscribe', data: { topics: ['weather'] } });
      const { data } = await second.of('Status', ({ status }) => status === 'subscribed');
      expect(data.details).toEqual({ topics: ['weather'], active_subscriptions: 3 });
      await say('sport', 'live');
      await heard(second, 'live');
    });

    it('brings what was said meanwhile in order, over all topics, and then what is said now', async () => {
      const first = await connect(ann);
      await first.subscribe('news', 'sport');
      await first.close();
      await say('news', '1');
      await say('sport', '2');
      await say('other', 'not mine');
      await say('news', '3');

      const second = await connect(ann);
      await heard(second, '3');
      await say('sport', '4');
      await heard(second, '4');
      expect(payloads(second)).toEqual(['1', '2', '3', '4']);
      expect(second.welcome).toMatchObject({ resumed: true });
    });

    it('brings it as it was delivered to those who were there', async () => {
      const there = await server.connectRealtime(ann, { protocols: ['realtime.v1'] });
      const first = await connect(ann);
      await Promise.all([there.subscribe('news'), first.subscribe('news')]);
      await first.close();
      await speaker.broadcast(
        'news',
        { big: 12345678901234567890n.toString(), nested: [null, 1.5] },
        { mood: 'happy' },
      );

      const second = await connect(ann);
      expect((await second.of('Broadcast')).data).toEqual((await there.of('Broadcast')).data);
    });

    it('brings far more than one page of history', async () => {
      const words = Array.from({ length: 350 }, (_, index) => `${index}`);
      const first = await connect(ann);
      await first.subscribe('long');
      await first.close();
      await Promise.all(words.map((word) => speaker.broadcast('long', word)));

      const second = await connect(ann);
      await heard(second, '349');
      expect(payloads(second)).toEqual(words);
    });

    it('repeats nothing that an answered ping has confirmed', async () => {
      const first = await connect(ann);
      await first.subscribe('news');
      await say('news', 'a', 'b');
      await heard(first, 'b');
      await confirmAll(first);
      await first.vanish();
      await say('news', 'c');

      const second = await connect(ann);
      expect(await heardUntilNow(second)).toEqual(['c']);
    });

    it('repeats what no answered ping has confirmed, before what is newer', async () => {
      const confirming = await connect(ann);
      await confirming.subscribe('news');
      await say('news', 'a');
      await heard(confirming, 'a');
      await confirmAll(confirming);
      await confirming.vanish();
      const deaf = await connect(ann, 'home', { deaf: true });
      await say('news', 'b', 'c');
      await heard(deaf, 'c');
      await deaf.vanish();
      await say('news', 'd');

      const last = await connect(ann);
      expect(await heardUntilNow(last)).toEqual(['b', 'c', 'd']);
      expect(payloads(deaf)).toEqual(['b', 'c']);
    });

    it('counts no answer but that of its own ping', async () => {
      const deaf = await connect(ann, 'home', { deaf: true });
      await deaf.subscribe('news');
      await say('news', 'a');
      await heard(deaf, 'a');
      const number = await newestTopicNumber(server.database.url);
      await deaf.until(() => deaf.topicMarks.find((mark) => mark >= number), 'the ping');
      for (const payload of ['', 'p', `p.${number + 1}`, `${number}`]) deaf.socket.pong(payload);
      await deaf.settled();
      await deaf.vanish();

      const second = await connect(ann);
      expect(await heardUntilNow(second)).toEqual(['a']);
    });

    it('has confirmed by one ping what came before it in all topics', async () => {
      const first = await connect(ann);
      await first.subscribe('news', 'sport');
      await say('news', 'a');
      await say('sport', 'b');
      await heard(first, 'b');
      await confirmAll(first);
      expect(first.topicMarks.length).toBeLessThanOrEqual(2);
      await first.vanish();
      expect(await heardUntilNow(await connect(ann))).toEqual([]);
    });

    it('brings of a topic only what was said since it was subscribed to', async () => {
      const first = await connect(ann, 'home', { deaf: true });
      await first.subscribe('news');
      await say('news', 'a');
      await say('sport', 'too early');
      await heard(first, 'a');
      await first.subscribe('sport');
      await say('sport', 'b');
      await heard(first, 'b');
      await first.vanish();

      expect(await heardUntilNow(await connect(ann))).toEqual(['a', 'b']);
    });

    it('remembers what was unsubscribed from', async () => {
      const first = await connect(ann);
      await first.subscribe('news', 'sport');
      await first.request('Unsubscribe', { topics: ['sport'] });
      await first.close();
      await say('sport', 'missed');
      await say('news', 'wanted');

      const second = await connect(ann);
      expect(await heardUntilNow(second)).toEqual(['wanted']);
      await say('sport', 'live');
      await say('news', 'last');
      await heard(second, 'last');
      expect(payloads(second)).not.toContain('live');
    });

    it('begins anew with a topic that was unsubscribed from in between', async () => {
      const first = await connect(ann, 'home', { deaf: true });
      await first.subscribe('news');
      await say('news', 'a');
      await first.request('Unsubscribe', { topics: ['news'] });
      await say('news', 'b');
      await first.subscribe('news');
      await say('news', 'c');
      await heard(first, 'c');
      await first.vanish();

      expect(await heardUntilNow(await connect(ann))).toEqual(['c']);
    });

    it('knows wildcards, and brings once what several of them match', async () => {
      const first = await connect(ann);
      await first.subscribe('wild.*', 'wild.>', 'wild.a.b', '*.z');
      await first.close();
      await say('wild', 'too short');
      await say('wild.a', '1');
      await say('wild.a.b', '2');
      await say('wild.a.b.c', '3');
      await say('other.z', '4');
      await say('other.y', 'unmatched');

      const second = await connect(ann);
      expect(await heardUntilNow(second)).toEqual(['1', '2', '3', '4']);
    });

    it('gets nothing of what nobody keeps', async () => {
      const first = await connect(ann);
      await first.subscribe('news');
      await first.close();
      await speaker.request('X-Custom', { topic: 'news', text: 'gone' });
      await say('news', 'kept');

      const second = await connect(ann);
      expect(await heardUntilNow(second)).toEqual(['kept']);
      expect(second.all('X-Custom')).toEqual([]);
    });

    it('is told which subscriptions its token allows no more, once', async () => {
      const first = await connect(ann);
      await first.subscribe('news.a', 'sport');
      await first.close();
      await say('sport', 'forbidden');
      await say('news.a', 'allowed');

      const claims = { topics: { subscribe: ['news.>', 'marker'] } };
      const second = await connect(ann, 'home', { claims });
      const { data } = await second.of('Status', ({ status }) => status === 'unsubscribed');
      expect(data.details).toEqual({ topics: ['sport'], active_subscriptions: 1 });
      expect(await heardUntilNow(second)).toEqual(['allowed']);
      await second.close();
      const third = await connect(ann);
      await third.settled();
      expect(third.all('Status')).toHaveLength(1);
    });

    it('waits with what was missed until the connection has chosen its dialect', async () => {
      const first = await connect(ann);
      await first.subscribe('news');
      await first.close();
      await say('news', 'missed');

      const second = await connect(ann, 'home', { protocols: [] });
      await say('news', 'live');
      expect(second.frames).toHaveLength(1);
      await second.settled();
      await heard(second, 'live');
      expect(payloads(second)).toEqual(['missed', 'live']);
    });
  });

  describe('that is opened a second time', () => {
    it('closes the first connection with 4409, and brings what it had not confirmed', async () => {
      const first = await connect(ann, 'home', { deaf: true });
      await first.subscribe('news');
      await say('news', 'a');
      await heard(first, 'a');

      const second = await connect(ann);
      expect(await first.closed).toMatchObject({ code: 4409 });
      expect(second.welcome).toMatchObject({ resumed: true });
      await say('news', 'b');
      expect(await heardUntilNow(second)).toEqual(['a', 'b']);
    });

    it('brings nothing that the first had confirmed just before', async () => {
      const first = await connect(ann);
      await first.subscribe('news');
      await say('news', 'a');
      await heard(first, 'a');
      await confirmAll(first);

      const second = await connect(ann);
      expect(await first.closed).toMatchObject({ code: 4409 });
      expect(await heardUntilNow(second)).toEqual([]);
    });

    it('leaves one connection when many come at once', async () => {
      await (await connect(ann)).subscribe('news');
      const clients = await Promise.all(Array.from({ length: 8 }, () => connect(ann)));
      await say('news', 'a');
      const closings = await Promise.all(
        clients.map((client) => Promise.race([client.closed, heard(client, 'a').catch(() => client.closed)])),
      );
      const codes = closings.map((closing) => (closing as { code?: number }).code);
      expect(codes.filter((code) => code === 4409)).toHaveLength(7);
      expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    });
  });

  describe('beside others', () => {
    it('is apart from those of other names and other users, and from connections without', async () => {
      const [ben] = freshUsers('Ben');
      const [home, work, other, plain] = await Promise.all([
        connect(ann),
        connect(ann, 'work'),
        connect(ben),
        server.connectRealtime(ann, { protocols: ['realtime.v1'] }),
      ]);
      await home.subscribe('home.topic');
      await work.subscribe('work.topic');
      for (const client of [home, work, other]) {
        expect(client.welcome).toMatchObject({ resumed: false });
        await client.settled();
        await client.close();
      }
      await plain.settled();
      await say('home.topic', 'h');
      await say('work.topic', 'w');

      expect(await heardUntilNow(await connect(ann, 'home'))).toEqual(['h']);
      expect(await heardUntilNow(await connect(ann, 'work'))).toEqual(['w']);
      expect(await heardUntilNow(await connect(ben))).toEqual([]);
      expect(await heardUntilNow(plain)).toEqual([]);
    });

    it('may have any name of 1 to 128 characters', async () => {
      for (const session of ['x'.repeat(128), 'mein Gerät', '../%00', '日本']) {
        await (await connect(ann, session)).close();
        expect((await connect(ann, session)).welcome).toMatchObject({ resumed: true });
      }
    });
  });

  describe('and messages of chats', () => {
    const texts = (client: RealtimeClient, type: string): unknown[] =>
      client.all(type).map(({ data }) => (data.payload as { message?: unknown }).message);

    it('brings direct messages that another connection of the user has confirmed meanwhile', async () => {
      const [ben] = freshUsers('Ben');
      const author = await server.connect(ben, { acks: true });
      const first = await connect(ann);
      await author.request('new', { chatId: ann, message: 'to both' });
      await first.of('DirectMessage');
      // The answer to its ping is its author's "delivered".
      await author.event('dlvrd');
      await first.vanish();
      const plain = await server.connectRealtime(ann, { protocols: ['realtime.v1'] });
      await author.request('new', { chatId: ann, message: 'while away' });
      await plain.of('DirectMessage', ({ payload }) => (payload as { message: string }).message === 'while away');
      await author.event('dlvrd', ({ messageId }) => messageId === 2);

      const second = await connect(ann);
      await author.request('new', { chatId: ann, message: 'marker' });
      await second.of('DirectMessage', ({ payload }) => (payload as { message: string }).message === 'marker');
      expect(texts(second, 'DirectMessage')).toEqual(['while away', 'marker']);
    });

    it("brings what was written in a group's topic, though another connection has confirmed it", async () => {
      const [ben] = freshUsers('Ben');
      const author = await server.connect(ben, { acks: true });
      const { chatId } = await author.request<{ chatId: string }>('createChat', { name: 'us', participants: [ann] });
      const topic = `chat.${chatId}`;
      const first = await connect(ann);
      await first.subscribe(topic);
      await author.request('new', { chatId, message: 'to both' });
      await first.of('Broadcast');
      await author.event('dlvrd');
      await first.vanish();
      const plain = await server.connectRealtime(ann, { protocols: ['realtime.v1'] });
      await plain.subscribe(topic);
      await author.request('new', { chatId, message: 'while away' });
      await plain.of('Broadcast', ({ payload }) => (payload as { message: string }).message === 'while away');
      await author.event('dlvrd', ({ messageId }) => messageId !== 1);

      const second = await connect(ann);
      expect(second.welcome).toMatchObject({ resumed: true });
      await author.request('new', { chatId, message: 'marker' });
      await second.of('Broadcast', ({ payload }) => (payload as { message: string }).message === 'marker');
      expect(texts(second, 'Broadcast')).toEqual(['while away', 'marker']);
      expect(second.all('Broadcast').map(({ data }) => data.topic)).toEqual([topic, topic]);
    });
  });

  describe('at the upgrade', () => {
    const statusOf = async (path: string, protocols?: readonly string[]): Promise<number> =>
      (await attemptUpgrade(server.httpOrigin, { path: `${path}&token=${signToken({ sub: ann })}`, protocols })).status;

    it.each([
      ['empty', ''],
      ['of 129 characters', 'x'.repeat(129)],
      ['with U+0000', '%00'],
    ])('is refused with 400 where its name is %s', async (_what, name) => {
      expect(await statusOf(`/ws?session=${name}`)).toBe(400);
      expect(await statusOf(`/messaging?session=${name}`, ['realtime.v1'])).toBe(400);
    });

    it.each(['', 'x'.repeat(129), 'home'])('is ignored in the messaging dialect: "%s"', async (name) => {
      expect(await statusOf(`/messaging?session=${name}`)).toBe(101);
      expect(await statusOf(`/ws?session=${name}`, ['messaging.v1'])).toBe(101);
    });

    it('is no session for a connection that turns out to speak messaging', async () => {
      const [ben] = freshUsers('Ben');
      const client = await server.connect(ann, { path: '/ws', query: { session: 'home' }, acks: true });
      await client.settled();
      await (await server.connect(ben)).request('new', { chatId: ann, message: 'hello' });
      await client.event('new');
      await client.request('subscribe', { topics: ['news'] });
      await client.close();
      await say('news', 'missed');

      expect(await heardUntilNow(await connect(ann))).toEqual([]);
    });

    it('is refused with 503 while the database is away, and nothing but the session is', async () => {
      await connect(ann).then((client) => client.close());
      proxy.cut();
      try {
        expect(await statusOf('/ws?session=home')).toBe(503);
        expect(await statusOf('/ws?')).toBe(101);
      } finally {
        proxy.restore();
      }
      await eventually(
        async () => ((await statusOf('/ws?session=home')) === 101 ? true : undefined),
        'that sessions are to be had again',
      );
    });

    it('tells 503 to whoever subscribes while the database is away, and remembers nothing of it', async () => {
      const first = await connect(ann);
      proxy.cut();
      try {
        expect(await first.ask('Subscribe', { topics: ['news'] })).toMatchObject({
          type: 'Error',
          data: { code: 503 },
        });
      } finally {
        proxy.restore();
      }
      await eventually(
        async () => ((await first.ask('Subscribe', { topics: ['sport'] })).type === 'Ack' ? true : undefined),
        'that topics can be subscribed to again',
      );
      const { data } = await first.of('Status', ({ status }) => status === 'subscribed');
      expect(data.details).toMatchObject({ active_subscriptions: 1 });
    });
  });
});

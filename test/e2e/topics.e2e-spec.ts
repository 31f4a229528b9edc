import { freshTopic, payloads, payloadsUntilNow } from '../support/broadcasts.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';

describe('subscribing to topics', () => {
  let server: TestServer;
  let client: RealtimeClient;

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    const [user] = freshUsers('Ann');
    client = await server.connectRealtime(user);
  });

  // Some hear of everything, which no later test expects.
  afterEach(() => client.close());

  const status = (of: string, topics: readonly string[], active: number): object => ({
    type: 'Status',
    data: { status: of, details: { topics, active_subscriptions: active } },
  });
  const activeSubscriptions = async (): Promise<unknown> => {
    client.send({ type: 'Unsubscribe', data: { topics: ['never-subscribed'] } });
    const { data } = await client.of('Status', ({ status: said }) => said === 'unsubscribed');
    return (data.details as Record<string, unknown>).active_subscriptions;
  };

  describe('is answered', () => {
    it('with the documented Status, and with an Ack after it where the message has an id', async () => {
      client.send({ type: 'Subscribe', data: { topics: ['notifications', 'chat.general', 'updates.*'] }, id: 's1' });
      await client.answer('s1');
      client.send({ type: 'Unsubscribe', data: { topics: ['chat.general'] }, id: 's2' });
      await client.answer('s2');

      expect(client.frames.slice(1)).toEqual([
        status('subscribed', ['notifications', 'chat.general', 'updates.*'], 3),
        { type: 'Ack', data: { message_id: 's1', status: 'subscribed' } },
        status('unsubscribed', ['chat.general'], 2),
        { type: 'Ack', data: { message_id: 's2', status: 'unsubscribed' } },
      ]);
    });

    it('with the Status alone where it has none', async () => {
      client.send({ type: 'Subscribe', data: { topics: ['news'] } });
      client.send({ type: 'Unsubscribe', data: { topics: ['news'] } });
      await client.subscribe('marker');

      expect(client.frames.slice(1, 4)).toEqual([
        status('subscribed', ['news'], 1),
        status('unsubscribed', ['news'], 0),
        status('subscribed', ['marker'], 1),
      ]);
    });

    it('again where the topic is subscribed to already, which counts once', async () => {
      await client.subscribe('news', 'news', 'news.*');
      await client.subscribe('news');

      expect(client.all('Status').slice(1)).toEqual([
        status('subscribed', ['news', 'news', 'news.*'], 2),
        status('subscribed', ['news'], 2),
      ]);
    });

    it('also where what is ended was never begun; a wildcard ends the pattern that it is, not what it matches', async () => {
      await client.subscribe('news.sport', 'news.*');
      await client.request('Unsubscribe', { topics: ['news.*', 'news.world'] });

      expect(client.all('Status').at(-1)).toEqual(status('unsubscribed', ['news.*', 'news.world'], 1));
      await client.broadcast('news.world', 'not heard');
      await client.broadcast('news.sport', 'heard');
      expect(payloads(client)).toEqual(['heard']);
    });
  });

  describe('is refused', () => {
    const eight = 'a.b.c.d.e.f.g.h';

    it.each<[string, unknown, string]>([
      ['no topics', {}, 'data.topics'],
      ['topics that are no list', { topics: 'news' }, 'data.topics'],
      ['an empty list', { topics: [] }, 'data.topics'],
      ['a number', { topics: ['news', 7] }, 'data.topics.1'],
      ['null', { topics: [null] }, 'data.topics.0'],
      ['an empty topic', { topics: ['news', ''] }, 'data.topics.1'],
      ['an empty segment', { topics: ['news..sport'] }, 'data.topics.0'],
      ['a dot at the end', { topics: ['news.'] }, 'data.topics.0'],
      ['a blank', { topics: ['my news'] }, 'data.topics.0'],
      ['a letter of another alphabet', { topics: ['näws'] }, 'data.topics.0'],
      ['a wildcard that is part of a segment', { topics: ['news.sp*'] }, 'data.topics.0'],
      ['a > that is not the last', { topics: ['news.>.sport'] }, 'data.topics.0'],
      ['nine segments', { topics: [`${eight}.i`] }, 'data.topics.0'],
      ['256 characters', { topics: ['x'.repeat(256)] }, 'data.topics.0'],
      ['a $ that is not the first character', { topics: ['news.$sport'] }, 'data.topics.0'],
      ['a %XX elsewhere than under user. and presence.', { topics: ['news.%41'] }, 'data.topics.0'],
      ['101 topics', { topics: Array.from({ length: 101 }, (_, index) => `t${index}`) }, 'data.topics'],
      ['no data', undefined, 'data'],
    ])('with 400 where there is or are %s, and none is taken', async (_what, data, field) => {
      for (const type of ['Subscribe', 'Unsubscribe']) {
        const answer = await client.ask(type, data);
        expect(answer).toMatchObject({ type: 'Error', data: { code: 400, details: { field } } });
      }
      expect(await activeSubscriptions()).toBe(0);
    });

    it('without an id in the Error where it had none', async () => {
      client.send({ type: 'Subscribe', data: { topics: [] } });
      const { data } = await client.of('Error');
      expect(data.details).toEqual({ field: 'data.topics' });
    });

    it('not where it is as long and as many as may be', async () => {
      await client.subscribe(eight, 'x'.repeat(255), `${'a.'.repeat(7)}>`, '*', '>', '*.*.>', 'a-b_C.9');
      await client.subscribe(...Array.from({ length: 100 }, (_, index) => `t${index}`));
      expect(await activeSubscriptions()).toBe(107);
    });
  });

  describe('with wildcards', () => {
    it.each<[string, readonly string[], readonly string[]]>([
      ['X.*', ['X.a', 'X.b'], ['X', 'X.a.b', 'Y.a']],
      ['X.>', ['X.a', 'X.a.b', 'X.a.b.c.d.e.f.g'], ['X', 'Y.a']],
      ['X.*.c', ['X.a.c', 'X.b.c'], ['X.c', 'X.a.b', 'X.a.b.c']],
      ['X.*.>', ['X.a.b', 'X.a.b.c'], ['X', 'X.a']],
      ['*.X', ['a.X', 'b.X'], ['X', 'a.b.X', 'a.X.b']],
      ['X', ['X'], ['X.a', 'x']],
    ])('%s matches %j and not %j', async (pattern, matching, others) => {
      const mark = freshTopic();
      const here = (text: string): string => text.replace('X', mark).replace('Y', `${mark}y`);
      await client.subscribe(here(pattern));
      for (const topic of [...others, ...matching]) await client.broadcast(here(topic), topic);

      expect(payloads(client)).toEqual(matching);
    });

    it('in the first place never matches user., presence. or what begins with $', async () => {
      const [publisher] = freshUsers('Publisher');
      const all = ['>', 'user.>', 'presence.>', '$sys.>'];
      const speaker = await server.connectRealtime(publisher, { claims: { topics: { subscribe: all, publish: all } } });
      const mark = freshTopic();
      await client.subscribe('>', '*.*', `*.${mark}`);
      await speaker.subscribe('>', '*.*', `*.${mark}`);
      for (const first of ['user', 'presence', '$sys']) {
        expect(await speaker.broadcast(`${first}.${mark}`, first)).toMatchObject({ recipients: 0 });
      }
      expect(await payloadsUntilNow(client, speaker, `other.${mark}`)).toEqual([]);
      expect(payloads(speaker)).toHaveLength(1);

      await speaker.subscribe('user.*', 'presence.>', `$sys.${mark}`);
      for (const first of ['user', 'presence', '$sys']) {
        expect(await speaker.broadcast(`${first}.${mark}`, first)).toMatchObject({ recipients: 1 });
      }
      expect(payloads(speaker).slice(1)).toEqual(['user', 'presence', '$sys']);
      expect(await payloadsUntilNow(client, speaker, `other.${mark}`)).toEqual([]);
      await speaker.close();
    });
  });

  it('to several patterns that match brings the message once', async () => {
    const topic = freshTopic();
    await client.subscribe(topic, `${topic}.*`, `${topic}.>`, `*.a`, '>', `${topic}.a`);
    expect(await client.broadcast(`${topic}.a`, 'one')).toMatchObject({ recipients: 1 });

    expect(await payloadsUntilNow(client, client, topic)).toEqual(['one']);
  });

  it('ends with the last pattern that matches, not with the first', async () => {
    const topic = freshTopic();
    await client.subscribe(topic, `${topic}.a`, `${topic}.*`);
    await client.request('Unsubscribe', { topics: [`${topic}.a`] });
    await client.broadcast(`${topic}.a`, 'one');
    await client.request('Unsubscribe', { topics: [`${topic}.*`] });
    expect(await client.broadcast(`${topic}.a`, 'two')).toMatchObject({ recipients: 0 });

    expect(await payloadsUntilNow(client, client, topic)).toEqual(['one']);
  });

  it("is the connection's own: another one of the same user hears nothing of it", async () => {
    const [user] = freshUsers('Two');
    const [one, other] = [await server.connectRealtime(user), await server.connectRealtime(user)];
    const topic = freshTopic();
    await one.subscribe(topic);
    await other.subscribe(`${topic}.marker`);
    expect(await one.broadcast(topic, 'mine')).toMatchObject({ recipients: 1 });

    expect(await payloadsUntilNow(other, one, `${topic}.marker`)).toEqual([]);
    expect(payloads(one)).toEqual(['mine']);
  });

  it('ends with the connection', async () => {
    const [user] = freshUsers('Leaving');
    const [leaving, topic] = [await server.connectRealtime(user), freshTopic()];
    await leaving.subscribe(topic);
    await leaving.close();
    const again = await server.connectRealtime(user);
    await again.subscribe(`${topic}.marker`);
    await client.broadcast(topic, 'for nobody');

    expect(await payloadsUntilNow(again, client, `${topic}.marker`)).toEqual([]);
    expect(again.all('Status').at(-1)).toEqual(status('subscribed', [`${topic}.marker`], 1));
  });

  describe('in frames that are sent in one go', () => {
    /** Several frames in one write, without waiting for an answer. */
    const inOneGo = (...frames: readonly object[]): void => {
      for (const frame of frames) client.send(frame);
    };
    const subscribe = (topic: string): object => ({ type: 'Subscribe', data: { topics: [topic] } });
    const unsubscribe = (topic: string): object => ({ type: 'Unsubscribe', data: { topics: [topic] } });
    const broadcast = (topic: string, payload: string): object => ({ type: 'Broadcast', data: { topic, payload } });

    it('takes effect before what is sent after it, and after what is sent before it', async () => {
      const topic = freshTopic();
      inOneGo(
        broadcast(topic, 'too early'),
        subscribe(topic),
        broadcast(topic, 'one'),
        broadcast(topic, 'two'),
        unsubscribe(topic),
        broadcast(topic, 'too late'),
        subscribe(`${topic}.*`),
        broadcast(`${topic}.a`, 'three'),
      );
      await client.of('Broadcast', ({ payload }) => payload === 'three');

      expect(payloads(client)).toEqual(['one', 'two', 'three']);
    });

    it('brings the messages of a topic in the order in which they were sent, with keys and without', async () => {
      const topic = freshTopic();
      await client.subscribe(topic);
      const sent = Array.from({ length: 200 }, (_, index) => index);
      for (const payload of sent) {
        const metadata = payload % 3 === 0 ? { idempotency_key: `k${payload}` } : undefined;
        client.send({ type: 'Broadcast', data: { topic, payload }, metadata, id: `b${payload}` });
      }
      await client.answer('b199');
      await client.until(() => (payloads(client).length === sent.length ? true : undefined), 'all messages');

      expect(payloads(client)).toEqual(sent);
    });
  });
});

describe('MAX_SUBSCRIPTIONS', () => {
  let server: TestServer;

  afterEach(() => server.stop());

  const tooMany = { type: 'Error', data: { code: 400, details: { field: 'data.topics' } } };

  it('is how many a connection may have; more are 400, and none of them is taken', async () => {
    server = await TestServer.start({ MAX_SUBSCRIPTIONS: '3' });
    const [client, other] = [await server.connectRealtime('Ann'), await server.connectRealtime('Ann')];
    await client.subscribe('a', 'b');
    expect(await client.ask('Subscribe', { topics: ['c', 'd'] })).toMatchObject(tooMany);
    expect(await client.broadcast('c', 'not heard')).toMatchObject({ recipients: 0 });
    await client.subscribe('c', 'b', 'a', 'c');
    expect(await client.ask('Subscribe', { topics: ['d'] })).toMatchObject(tooMany);
    await client.request('Unsubscribe', { topics: ['a'] });
    await client.subscribe('d');
    await other.subscribe('a', 'b', 'c');

    expect(await client.broadcast('d', 'heard')).toMatchObject({ recipients: 1 });
  });

  it('holds in the messaging dialect too', async () => {
    server = await TestServer.start({ MAX_SUBSCRIPTIONS: '3' });
    const client = await server.connect('Ann');
    await client.request('subscribe', { topics: ['a', 'b', 'c'] });

    const { error } = await client.ask('subscribe', { topics: ['d'] });
    expect(error).toMatchObject({ code: 400, details: { field: 'payload.topics' } });
  });

  it('is 1,000 where nothing else is said', async () => {
    server = await TestServer.start();
    const client = await server.connectRealtime('Ann');
    for (let round = 0; round < 10; round += 1) {
      await client.subscribe(...Array.from({ length: 100 }, (_, index) => `t${round}.${index}`));
    }
    expect(client.all('Status').at(-1)).toMatchObject({ data: { details: { active_subscriptions: 1_000 } } });
    expect(await client.ask('Subscribe', { topics: ['one.more'] })).toMatchObject(tooMany);
  });
});

import { deliveries, freshTopic, historyOf, payloads } from '../support/broadcasts.js';
import { sendText } from '../support/conversation.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';

interface TopicsClaim {
  readonly subscribe?: readonly string[];
  readonly publish?: readonly string[];
}

describe('who may use a topic', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(() => server.stop());

  const connect = (user: string, topics?: TopicsClaim): Promise<RealtimeClient> =>
    server.connectRealtime(user, topics && { claims: { topics } });
  const forbidden = (field: string): object => ({ type: 'Error', data: { code: 403, details: { field } } });

  describe('with the claim', () => {
    it.each<[string, readonly string[], readonly string[]]>([
      ['news.>', ['news.a', 'news.a.b', 'news.*', 'news.>', 'news.*.>'], ['news', 'new', '>', '*', '*.a', 'newsy.a']],
      ['news.*', ['news.a', 'news.*'], ['news', 'news.a.b', 'news.>', 'news.*.*', '*.*']],
      [
        '*.sport',
        ['news.sport', '*.sport'],
        ['sport', 'a.b.sport', '*.*', '>', 'user.sport', 'presence.sport', '$s.sport'],
      ],
      ['>', ['a', 'a.b.c', '*', '>', '*.>'], ['user.a', 'user.*', 'presence.>', '$sys', '$sys.>']],
      ['user.*', ['user.a', 'user.*', 'user.a%20b'], ['user.a.b', 'user.>', 'user', '*.a']],
      ['$sys.>', ['$sys.a', '$sys.>'], ['$sys', 'sys.a', '$other.a']],
    ])('a subscribe %s covers %j and not %j', async (pattern, covered, others) => {
      const [user] = freshUsers('Ann');
      const client = await connect(user, { subscribe: [pattern] });
      for (const topic of covered) await client.subscribe(topic);
      for (const topic of others) {
        expect(await client.ask('Subscribe', { topics: ['news.a', topic] })).toMatchObject(
          forbidden(pattern.startsWith('news') || pattern === '>' ? 'data.topics.1' : 'data.topics.0'),
        );
      }
      expect(client.all('Status').at(-1)).toMatchObject({
        data: { details: { active_subscriptions: covered.length } },
      });
      await client.close();
    });

    it('takes none of the topics where one is not allowed', async () => {
      const [user] = freshUsers('Ann');
      const client = await connect(user, { subscribe: ['news.>'], publish: ['news.>'] });
      expect(await client.ask('Subscribe', { topics: ['news.a', 'news.b', 'other', 'another'] })).toMatchObject(
        forbidden('data.topics.2'),
      );
      expect(await client.broadcast('news.a', 1)).toMatchObject({ recipients: 0 });
    });

    it('says of each what it may do by itself', async () => {
      const [user] = freshUsers('Ann');
      const topic = freshTopic();
      const client = await connect(user, { subscribe: [`${topic}.in`], publish: [`${topic}.out`] });
      await client.subscribe(`${topic}.in`);
      await client.broadcast(`${topic}.out`, 1);

      expect(await client.ask('Broadcast', { topic: `${topic}.in`, payload: 1 })).toMatchObject(
        forbidden('data.topic'),
      );
      expect(await client.ask('Subscribe', { topics: [`${topic}.out`] })).toMatchObject(forbidden('data.topics.0'));
      expect(await historyOf(client, `${topic}.in`)).toMatchObject({ messages: [] });
      expect(await client.ask('History', { topic: `${topic}.out` })).toMatchObject(forbidden('data.topic'));
    });

    it.each<[string, TopicsClaim]>([
      ['is empty', {}],
      ['has empty lists', { subscribe: [], publish: [] }],
    ])('that %s, allows nothing', async (_what, claim) => {
      const [user] = freshUsers('Ann');
      const client = await connect(user, claim);
      expect(await client.ask('Subscribe', { topics: ['news'] })).toMatchObject(forbidden('data.topics.0'));
      expect(await client.ask('Broadcast', { topic: 'news', payload: 1 })).toMatchObject(forbidden('data.topic'));
      expect(await client.ask('History', { topic: 'news' })).toMatchObject(forbidden('data.topic'));
    });

    it('may end any subscription, and hears of what it may not', async () => {
      const [user, other] = freshUsers('Ann', 'Ben');
      const [topic, client] = [freshTopic(), await connect(user, { subscribe: [] })];
      const neighbour = await connect(other);
      await neighbour.subscribe(topic);
      await client.request('Unsubscribe', { topics: [topic] });
      expect(await client.ask('Broadcast', { topic, payload: 'forbidden' })).toMatchObject(forbidden('data.topic'));
      await neighbour.broadcast(topic, 'allowed');
      expect(payloads(neighbour)).toEqual(['allowed']);
    });

    it('holds in the messaging dialect too', async () => {
      const [user] = freshUsers('Ann');
      const claims = { topics: { subscribe: ['news.>'], publish: ['news.a'] } };
      const client = await server.connect(user, { claims });
      await client.request('subscribe', { topics: ['news.a'] });
      await client.request('broadcast', { topic: 'news.a', payload: 1 });

      expect(await client.ask('subscribe', { topics: ['news.a', 'other'] })).toMatchObject({
        error: { code: 403, details: { field: 'payload.topics.1' } },
      });
      expect(await client.ask('broadcast', { topic: 'news.b', payload: 1 })).toMatchObject({
        error: { code: 403, details: { field: 'payload.topic' } },
      });
    });
  });

  describe('without the claim', () => {
    it.each(['user.a', 'user.*', 'presence.a', 'presence.*', 'presence.>', '$sys', '$sys.a'])(
      'is nobody for %s',
      async (topic) => {
        const [user] = freshUsers('Ann');
        const client = await connect(user);
        expect(await client.ask('Subscribe', { topics: ['news', topic] })).toMatchObject(forbidden('data.topics.1'));
        if (topic.includes('*') || topic.includes('>')) return;
        expect(await client.ask('Broadcast', { topic, payload: 1 })).toMatchObject(forbidden('data.topic'));
        expect(await client.ask('History', { topic })).toMatchObject(forbidden('data.topic'));
      },
    );

    it('is everybody for all else, with and without wildcards', async () => {
      const [user] = freshUsers('Ann');
      const client = await connect(user);
      await client.subscribe('>', '*', 'a.*', 'users.a', 'present', 'user', 'presence');
      await client.broadcast('user', 1);
      expect(deliveries(client)).toHaveLength(1);
      await client.close();
    });
  });

  describe('presence.<user>', () => {
    it("is open for oneself and one's contacts, whatever the claim says, and for nobody else", async () => {
      const [ann, ben, cid, eve] = freshUsers('Ann', 'Ben', 'Cid', 'Eve');
      const [messaging, client] = [await server.connect(ann), await connect(ann, { subscribe: ['news'] })];
      await connect(eve);
      await sendText(messaging, ben, 'a contact from now on');
      await messaging.request('createChat', { name: 'us', participants: [cid] });

      await client.subscribe(`presence.${ann}`, `presence.${ben}`, `presence.${cid}`);
      for (const shut of [`presence.${eve}`, 'presence.nobody', 'presence.*', `presence.${ben}.more`]) {
        expect(await client.ask('Subscribe', { topics: [`presence.${ben}`, shut] })).toMatchObject(
          forbidden('data.topics.1'),
        );
      }
      expect(await client.ask('Broadcast', { topic: `presence.${ann}`, payload: 1 })).toMatchObject(
        forbidden('data.topic'),
      );
    });

    it('tells what the user says of itself, once', async () => {
      const [ann, ben, eve] = freshUsers('Ann', 'Ben', 'Eve');
      const [messaging, other] = [await server.connect(ann), await connect(ben)];
      await sendText(messaging, ben, 'a contact from now on');
      const contact = await connect(ann);
      const watcher = await connect(eve, { subscribe: ['presence.>'] });
      await contact.subscribe(`presence.${ben}`);
      await watcher.subscribe(`presence.${ben}`, 'presence.*');
      await other.request('Presence', { status: 'busy', metadata: { device: 'web' } });
      await other.request('Presence', { status: 'away' });

      for (const client of [contact, watcher]) {
        await client.of('Presence', ({ status }) => status === 'away');
        const busy = client.all('Presence').filter(({ data }) => data.user_id === ben && data.status === 'busy');
        expect(busy).toHaveLength(1);
        expect(busy[0]?.data).toMatchObject({ metadata: { device: 'web' } });
      }
      await watcher.close();
    });

    it('names a user whose id a topic cannot hold by %XX', async () => {
      const [plain] = freshUsers('Ann');
      const user = `${plain} é.x`;
      const client = await connect(user);
      await client.subscribe(`presence.${plain}%20%C3%A9%2Ex`);
      expect(await client.ask('Subscribe', { topics: [`presence.${user}`] })).toMatchObject({
        data: { code: 400, details: { field: 'data.topics.0' } },
      });
    });
  });
});

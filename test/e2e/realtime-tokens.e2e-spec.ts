import { freshTopic, payloads } from '../support/broadcasts.js';
import { sendText } from '../support/conversation.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';
import { inSeconds, signToken, unsignedToken } from '../support/tokens.js';

const HOUR_S = 3_600;

const expiring = (exp: number): object => ({
  type: 'AuthStatus',
  data: { status: 'token_expiring', expires_at: exp * 1_000, refresh_required: true },
});

describe('a token, in the realtime dialect,', () => {
  let server: TestServer;
  let user: string;

  beforeAll(async () => {
    server = await TestServer.start({ TOKEN_EXPIRY_NOTICE_S: '1' });
  });

  afterAll(() => server.stop());

  beforeEach(() => {
    [user] = freshUsers('Ann');
  });

  const connect = (claims: Record<string, unknown> = {}): Promise<RealtimeClient> =>
    server.connectRealtime(user, { claims, protocols: ['realtime.v1'] });
  const renew = (client: RealtimeClient, claims: Record<string, unknown> = {}): Promise<Record<string, unknown>> =>
    client.request('Auth', { token: signToken({ sub: user, ...claims }) });

  describe('that ends', () => {
    it('is announced TOKEN_EXPIRY_NOTICE_S before, once, and closes the connection with 4401', async () => {
      const exp = inSeconds(3);
      const client = await connect({ exp });
      await client.settled();
      expect(client.all('AuthStatus')).toEqual([]);

      expect(await client.of('AuthStatus')).toEqual(expiring(exp));
      expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000 - 1_010);
      await expect(client.closed).resolves.toMatchObject({ code: 4401 });
      expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
      expect(client.all('AuthStatus')).toHaveLength(1);
    });

    it('is announced at once after the Welcome where less than that is left', async () => {
      const exp = Math.ceil(Date.now() / 1_000 + 0.1);
      const client = await connect({ exp });
      await client.of('AuthStatus');
      expect(client.frames.slice(0, 2)).toEqual([expect.objectContaining({ type: 'Status' }), expiring(exp)]);
    });

    it('is announced at once where less than a minute is left and nothing else is said, also before a first frame', async () => {
      const other = await TestServer.start();
      const exp = inSeconds(30);
      const client = await other.connectRealtime(user, { claims: { exp } });
      const later = await other.connectRealtime(user, { claims: { exp: inSeconds(90) } });
      await client.of('AuthStatus');
      await later.settled();

      expect(client.frames.slice(1)).toEqual([expiring(exp)]);
      expect(later.all('AuthStatus')).toEqual([]);
      await other.stop();
    });
  });

  describe('that is renewed', () => {
    it('is answered with AuthStatus, then with the Ack, and keeps the connection', async () => {
      const client = await connect({ exp: inSeconds(2) });
      const exp = inSeconds(HOUR_S);
      client.send({ type: 'Auth', data: { token: signToken({ sub: user, exp }) }, id: 'a1' });
      await client.answer('a1');

      expect(client.frames.slice(-2)).toEqual([
        { type: 'AuthStatus', data: { status: 'refreshed', expires_at: exp * 1_000 } },
        { type: 'Ack', data: { message_id: 'a1', status: 'refreshed' } },
      ]);
      const leaving = await connect({ exp: inSeconds(2) });
      await leaving.closed;
      await client.settled();
    });

    it('is not acked where there is no id', async () => {
      const client = await connect();
      client.send({ type: 'Auth', data: { token: signToken({ sub: user }) } });
      await client.of('AuthStatus');
      await client.settled();
      expect(client.all('Ack')).toEqual([]);
    });

    it('is announced anew when the new one ends', async () => {
      const client = await connect({ exp: inSeconds(HOUR_S) });
      const exp = inSeconds(2);
      await renew(client, { exp });
      await client.of('AuthStatus', ({ status }) => status === 'token_expiring');
      await expect(client.closed).resolves.toMatchObject({ code: 4401 });
      expect(client.all('AuthStatus').at(-1)).toEqual(expiring(exp));
    });

    it.each<[string, () => string]>([
      ["another user's", () => signToken({ sub: 'SomebodyElse' })],
      ['signed with another key', () => signToken({ sub: user }, 'some other secret, as long as the right one')],
      ['expired', () => signToken({ sub: user, exp: inSeconds(-1) })],
      ['unsigned', () => unsignedToken({ sub: user })],
      ['no token', () => 'nonsense'],
      ['empty', () => ''],
    ])('by one that is %s is 401, and the old one stays in force', async (_fault, make) => {
      const topics = { subscribe: ['news'], publish: ['news'] };
      const client = await connect({ topics, exp: inSeconds(HOUR_S) });
      await client.subscribe('news');
      const token = make();
      const answer = await client.ask('Auth', { token });

      expect(answer).toMatchObject({ type: 'Error', data: { code: 401 } });
      if (token.length > 0) expect(JSON.stringify(answer)).not.toContain(token);
      expect(await client.broadcast('news', 1)).toMatchObject({ recipients: 1 });
      expect(await client.ask('Broadcast', { topic: 'other', payload: 1 })).toMatchObject({ data: { code: 403 } });
      await client.close();
    });

    it.each([undefined, 7, null, ['a'], {}])('by %j is 400', async (token) => {
      const client = await connect();
      expect(await client.ask('Auth', { token })).toMatchObject({
        type: 'Error',
        data: { code: 400, details: { field: 'data.token' } },
      });
    });

    it('does not outlive the old one by a bad one', async () => {
      const client = await connect({ exp: inSeconds(2) });
      await client.ask('Auth', { token: signToken({ sub: 'SomebodyElse', exp: inSeconds(HOUR_S) }) });
      await expect(client.closed).resolves.toMatchObject({ code: 4401 });
    });
  });

  describe('that is renewed by one that allows other topics', () => {
    const statuses = (client: RealtimeClient): unknown[] => client.all('Status').map(({ data }) => data);

    it('ends the subscriptions that are no longer allowed, each with a Status', async () => {
      const topic = freshTopic();
      const client = await connect();
      await client.subscribe(`${topic}.a`, `${topic}.b`, `${topic}.*`, `${topic}.c.>`);
      const before = client.frames.length;
      await renew(client, { topics: { subscribe: [`${topic}.a`, `${topic}.c.>`], publish: ['>'] } });
      await client.until(() => (client.all('Status').length === 4 ? true : undefined), 'both Statuses');

      const ended = (pattern: string, left: number): object => ({
        status: 'unsubscribed',
        details: { topics: [pattern], active_subscriptions: left },
      });
      expect(statuses(client).slice(2)).toEqual([ended(`${topic}.b`, 3), ended(`${topic}.*`, 2)]);
      expect(client.frames.length - before).toBe(4);
      for (const [where, recipients] of [
        ['a', 1],
        ['b', 0],
        ['d', 0],
      ] as const) {
        expect(await client.broadcast(`${topic}.${where}`, where)).toMatchObject({ recipients });
      }
      expect(payloads(client)).toEqual(['a']);
    });

    it('holds for what comes after it, in frames sent in one go', async () => {
      const [topic, client] = [freshTopic(), await connect({ topics: { subscribe: [], publish: [] } })];
      const token = signToken({ sub: user, topics: { subscribe: [topic], publish: [topic] } });
      client.send({ type: 'Subscribe', data: { topics: [topic] }, id: 'too early' });
      client.send({ type: 'Auth', data: { token } });
      client.send({ type: 'Subscribe', data: { topics: [topic] }, id: 'in time' });
      client.send({ type: 'Broadcast', data: { topic, payload: 1 }, id: 'heard' });

      expect(await client.answer('too early')).toMatchObject({ data: { code: 403 } });
      expect(await client.answer('in time')).toMatchObject({ data: { status: 'subscribed' } });
      expect(await client.answer('heard')).toMatchObject({ data: { recipients: 1 } });
    });

    it('ends none where it allows all, and keeps what is open to everybody', async () => {
      const [other] = freshUsers('Ben');
      const messaging = await server.connect(user);
      await sendText(messaging, other, 'a contact from now on');
      const client = await connect();
      await client.subscribe(`presence.${user}`, `presence.${other}`);
      await renew(client, { topics: { subscribe: [], publish: [] } });
      await client.request('Unsubscribe', { topics: ['none'] });

      expect(statuses(client).at(-1)).toEqual({
        status: 'unsubscribed',
        details: { topics: ['none'], active_subscriptions: 2 },
      });
      expect(statuses(client)).toHaveLength(3);
    });

    it('ends those of messaging connections too, and they hear of it no more', async () => {
      const topic = freshTopic();
      const [client, messaging] = [await connect(), await server.connect(user)];
      await messaging.request('subscribe', { topics: [topic, `${topic}.kept`] });
      await messaging.request('auth', { token: signToken({ sub: user, topics: { subscribe: [`${topic}.kept`] } }) });
      expect(await client.broadcast(topic, 1)).toMatchObject({ recipients: 0 });
      await client.broadcast(`${topic}.kept`, 2);
      await messaging.event('broadcast');

      expect(payloads(messaging)).toEqual([2]);
    });
  });
});

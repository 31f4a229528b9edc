import { WebSocket } from 'ws';
import type { ConcordClient } from '../support/concord-client.js';
import { aTime } from '../support/expectations.js';
import { ADMIN, type ConcordChannel, freshChannel } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import { inSeconds, signToken } from '../support/tokens.js';
import { attemptUpgrade } from '../support/upgrade.js';

describe('a connection of concord', () => {
  let server: TestServer;
  let channel: ConcordChannel;

  beforeAll(async () => {
    server = await TestServer.start();
    channel = await freshChannel(server);
  });

  afterAll(() => server.stop());

  const chatWritten = (content: string): object => ({ type: 'chat_written', channelId: channel.id, content });

  describe('on /client', () => {
    it('is not greeted', async () => {
      const [ann] = freshUsers('Ann');
      await server.rest(ann).get('/self');
      const client = await server.connectConcord(ann);
      await client.writes(channel.id, 'Hello');
      expect(client.frames.filter(({ type }) => type !== 'user_status_updated')).toHaveLength(1);
    });

    it('may write before anything else, in one breath with connecting', async () => {
      const [ann] = freshUsers('Ann');
      const client = await server.connectConcord(ann);
      for (const content of ['a', 'b', 'c']) client.send(chatWritten(content));
      await client.chat(({ content }) => content === 'c');
      const chats = client.all('chat_sent').map(({ chat }) => (chat as { content: string }).content);
      expect(chats).toEqual(['a', 'b', 'c']);
    });

    it('gets what is written from its opening on', async () => {
      for (let round = 0; round < 20; round += 1) {
        const [ann] = freshUsers('Ann');
        const client = await server.connectConcord(ann);
        await server.rest('Admin', ADMIN).post(`/channels/${channel.id}/chats`, { content: `round ${round}` });
        await client.chat(({ content }) => content === `round ${round}`);
        await client.close();
      }
    });

    it('needs a token', async () => {
      const answer = await attemptUpgrade(server.httpOrigin, { path: '/client' });
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.body)).toEqual({ code: 401, message: expect.any(String) as string });
    });

    it('is replaced by a newer one of the same named device, and by no unnamed one', async () => {
      const [ann] = freshUsers('Ann');
      const phone = { query: { device: 'phone' } };
      const [older, unnamed] = [await server.connectConcord(ann, phone), await server.connectConcord(ann)];
      const newer = await server.connectConcord(ann, phone);
      expect(await older.closed).toMatchObject({ code: 4409 });
      await server.connectConcord(ann);
      for (const client of [unnamed, newer]) await client.settled();
    });
  });

  describe('by the subprotocol concord.v1', () => {
    it.each(['/client', '/ws', '/messaging'])('is there on %s', async (path) => {
      const [ann] = freshUsers('Ann');
      const client = await server.connectConcord(ann, { path, protocols: ['concord.v1'] });
      expect(client.socket.protocol).toBe('concord.v1');
      const chat = await client.writes(channel.id, `on ${path}`);
      expect(chat).toMatchObject({ content: `on ${path}` });
      client.send({ type: 'Ping', data: { timestamp: 1 } });
      expect(await client.error()).toMatchObject({ code: 400, details: { field: 'type' } });
      expect(client.all('Status', 'Pong', 'event')).toEqual([]);
    });

    it.each(['messaging.v1', 'realtime.v1'])('is not where %s is offered on /client', async (protocol) => {
      const [ann] = freshUsers('Ann');
      const client = await server.connectConcord(ann, { path: '/client', protocols: [protocol] });
      expect(client.socket.protocol).toBe(protocol);
      client.send(chatWritten('not understood'));
      const refusal = await client.next(({ type, error }) => type === 'Error' || error !== undefined);
      expect(JSON.stringify(refusal)).toContain('"code":400');
    });

    it('stands beside a token’s', async () => {
      const token = signToken({ sub: 'Ann' });
      const socket = new WebSocket(`${server.origin}/ws`, ['concord.v1', `access_token.${token}`]);
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      expect(socket.protocol).toBe('concord.v1');
      socket.terminate();
    });
  });

  describe('by its first frame on /ws', () => {
    /** Welcomed as realtime, as which every such connection counts until it has said something. */
    async function connectUnsettled(user: string): Promise<ConcordClient> {
      const client = await server.connectConcord(user, { path: '/ws' });
      await client.until(() => client.frames[0]);
      expect(client.frames[0]).toMatchObject({ type: 'Status', data: { status: 'connected' } });
      return client;
    }

    it('is told what that has done, and of everything from then on', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const client = await connectUnsettled(ann);
      const other = await server.connectConcord(ben);
      const chat = await client.writes(channel.id, 'first frame');
      expect(await other.chat(({ content }) => content === 'first frame')).toEqual(chat);
      await other.writes(channel.id, 'second');
      await client.chat(({ content }) => content === 'second');
    });

    it.each<[string, (chatId: number) => object, string]>([
      ['chat_typing', () => ({ type: 'chat_typing', channelId: channel.id }), 'chat_typing'],
      [
        'chat_reaction',
        (chatId) => ({ type: 'chat_reaction', chatId, reaction: '😂', adding: true }),
        'chat_reactions_updated',
      ],
      ['a faulty one', () => ({ type: 'chat_written' }), 'error'],
      ['one that nobody knows', () => ({ type: 'chat_shouted' }), 'error'],
    ])('is settled for good: %s', async (_what, frame, answer) => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const other = await server.connectConcord(ben);
      const { id } = await other.writes(channel.id, 'a chat');
      const client = await connectUnsettled(ann);
      client.send(frame(id));
      await client.of(answer);
      for (const foreign of ['ping', { type: 'Ping', data: { timestamp: 1 } }, [{ type: 'Ping', data: {} }]]) {
        client.send(foreign);
        expect(await client.error()).toMatchObject({ code: 400, details: {} });
      }
      expect(client.all('Pong', 'Error', 'response')).toEqual([]);
      await client.writes(channel.id, 'still concord');
    });

    it('and all that was sent at once with it is done, in order', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const other = await server.connectConcord(ben);
      const client = await server.connectConcord(ann, { path: '/ws' });
      const contents = Array.from({ length: 60 }, (_, place) => `at once ${place}`);
      for (const content of contents) client.send(chatWritten(content));
      for (const reader of [client, other]) {
        await reader.chat(({ content }) => content === 'at once 59');
        const got = reader.all('chat_sent').map(({ chat }) => (chat as { content: string }).content);
        expect(got.filter((content) => content.startsWith('at once'))).toEqual(contents);
      }
    });

    it('makes it the concord device: an older connection of that name is replaced', async () => {
      const [ann] = freshUsers('Ann');
      const phone = { query: { device: 'phone' } };
      const older = await server.connectConcord(ann, phone);
      const client = await server.connectConcord(ann, { path: '/ws', ...phone });
      await client.writes(channel.id, 'here I am');
      expect(await older.closed).toMatchObject({ code: 4409 });
    });
  });

  describe('is not made', () => {
    it('by a frame of concord on /messaging', async () => {
      const [ann] = freshUsers('Ann');
      const client = await server.connect(ann);
      client.send(chatWritten('not understood'));
      const refusal = await client.next(({ type, id }) => type === 'response' && id === null);
      expect(refusal).toMatchObject({ error: { code: 400, details: { field: 'type' } } });
    });

    it('by a later frame of a realtime connection', async () => {
      const [ann] = freshUsers('Ann');
      const client = await server.connectRealtime(ann);
      await client.settled();
      client.send(chatWritten('not understood'));
      expect(await client.of('Error')).toMatchObject({ data: { code: 400, details: { field: 'type' } } });
    });
  });

  describe('whose token expires', () => {
    it('is closed with 4401, without a word before', async () => {
      const [ann] = freshUsers('Ann');
      const exp = inSeconds(2);
      const client = await server.connectConcord(ann, { claims: { exp } });
      await client.writes(channel.id, 'as long as I may');
      expect(await client.closed).toMatchObject({ code: 4401 });
      expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
      const own = client.frames.filter(({ type }) => !type.startsWith('user_'));
      expect(own.map(({ type }) => type)).toEqual(['chat_sent']);
    });
  });

  describe('whose password changes', () => {
    it('is closed with 4401, and may come back with a new token only', async () => {
      const [username] = freshUsers('Ann');
      const nobody = server.rest();
      await nobody.post('/users/register', { username, password: 'before' });
      const { body } = await nobody.post('/tokens', { username, password: 'before' });
      const path = (token: unknown): string => `/client?token=${String(token)}`;
      const own = await server.connectConcord(username, { headers: { authorization: `Bearer ${String(body.token)}` } });
      const changed = await fetch(`${server.httpOrigin}/api/self/password`, {
        method: 'POST',
        headers: { authorization: `Bearer ${String(body.token)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ newPassword: 'after' }),
      });
      expect(changed.status).toBe(200);
      expect(await own.closed).toMatchObject({ code: 4401 });
      expect((await attemptUpgrade(server.httpOrigin, { path: path(body.token) })).status).toBe(401);
      const again = await nobody.post('/tokens', { username, password: 'after' });
      expect((await attemptUpgrade(server.httpOrigin, { path: path(again.body.token) })).status).toBe(101);
    });
  });
});

describe('a connection of concord to a server that goes away', () => {
  it('is told when to come back, last, and closed with 1012', async () => {
    const server = await TestServer.start();
    const channel = await freshChannel(server);
    const clients = [await server.connectConcord('Ann'), await server.connectConcord('Ben', { path: '/ws' })];
    for (const client of clients) await client.writes(channel.id, 'before');
    await server.drain();
    for (const client of clients) {
      expect(await client.closed).toMatchObject({ code: 1012 });
      expect(client.frames.at(-1)).toEqual({ type: 'server_draining', reconnectAfterMs: aTime });
      expect(client.all('server_draining')).toHaveLength(1);
      expect(client.frames.filter(({ status }) => status === 'OFFLINE')).toEqual([]);
    }
    await server.stop();
  });
});

import { PASSWORD, register } from '../support/accounts.js';
import type { ConcordClient } from '../support/concord-client.js';
import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { eventually } from '../support/eventually.js';
import { aText } from '../support/expectations.js';
import { TestServer } from '../support/parlance.js';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('REST, while the database is away,', () => {
  let server: TestServer;
  let proxy: TcpProxy;
  let rest: DocumentedRest;
  let client: DocumentedRestClient;
  let watcher: ConcordClient;
  let chatId: number;

  beforeEach(async () => {
    server = await TestServer.start({}, async (url) => {
      proxy = await TcpProxy.start(url);
      return proxy.through(url);
    });
    rest = await DocumentedRest.over(server);
    client = rest.as('Boss', { roles: ['admin'] });
    await register(server, 'Ann');
    chatId = (await client.post<{ id: number }>('/channels/1/chats', { content: 'before' })).body.id;
    watcher = await server.connectConcord('Watcher');
    await watcher.settled();
  });

  afterEach(async () => {
    proxy.restore();
    await server.stop();
    await proxy.stop();
  });

  const routes: [method: string, path: string, body?: object][] = [
    ['POST', '/users/register', { username: 'Ben', password: PASSWORD }],
    ['POST', '/tokens', { username: 'Ann', password: PASSWORD }],
    ['GET', '/tokens/recycle'],
    ['GET', '/self'],
    ['POST', '/self/password', { newPassword: 'x' }],
    ['GET', '/users'],
    ['GET', '/users/1'],
    ['GET', '/server'],
    ['PATCH', '/server', { name: 'x' }],
    ['GET', '/channels'],
    ['POST', '/channels', { name: 'x' }],
    ['GET', '/channels/1'],
    ['PATCH', '/channels/1', { description: 'x' }],
    ['DELETE', '/channels/1'],
    ['GET', '/channels/1/chats/latest'],
    ['POST', '/channels/1/chats', { content: 'x' }],
    ['GET', '/channels/1/threads'],
    ['POST', '/channels/1/threads', { sourceChatId: 1, name: 'x' }],
    ['GET', '/chats'],
    ['GET', '/chats?query=before&after=1000000000000'],
    ['GET', '/chats/1'],
    ['PATCH', '/chats/1', { content: 'x' }],
    ['DELETE', '/chats/1'],
    ['GET', '/chats/1/reactions'],
    ['POST', '/chats/1/reactions', { reaction: 'x', adding: true }],
  ];

  it('answers 503 to everything, without words of the database, and says when to come again', async () => {
    proxy.cut();
    for (const [method, path, body] of routes) {
      const answer = await client.ask(method, path, body);
      expect([path, answer]).toEqual([path, { status: 503, body: { code: 503, message: aText } }]);
      expect(JSON.stringify(answer)).not.toMatch(/postgres|ECONN|127\.0\.0\.1|select|sql/i);
    }
    const { headers } = await fetch(`${server.httpOrigin}/api/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'Ann', password: PASSWORD }),
    });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('still tells who is nobody, and serves its documents', async () => {
    proxy.cut();
    expect(await rest.as().get('/self')).toMatchObject({ status: 401 });
    expect(await client.get('/nothing')).toMatchObject({ status: 404 });
    const documents = await fetch(`${server.httpOrigin}/docs/openapi.json`);
    await documents.arrayBuffer();
    expect(documents.status).toBe(200);
  });

  it('does not count as failed attempts to sign in', async () => {
    proxy.cut();
    for (let tried = 0; tried < 12; tried += 1) {
      expect(await client.post('/tokens', { username: 'Ann', password: PASSWORD })).toMatchObject({ status: 503 });
    }
    proxy.restore();
    const answered = await eventually(async () => {
      const { status } = await client.post('/tokens', { username: 'Ann', password: PASSWORD });
      return status === 503 ? undefined : status;
    }, 'an answer');
    expect(answered).toBe(200);
  });

  it('goes on by itself, for those who stayed connected too', async () => {
    proxy.cut();
    expect(await client.post('/channels/1/chats', { content: 'refused' })).toMatchObject({ status: 503 });
    expect(await client.patch(`/chats/${chatId}`, { content: 'refused' })).toMatchObject({ status: 503 });

    proxy.restore();
    await eventually(async () => {
      const { status } = await client.post('/channels/1/chats', { content: 'after' });
      return status === 201 ? true : undefined;
    }, 'a chat to be written');
    const chat = await watcher.chat(({ content }) => content === 'after');

    expect((await client.get<{ content: string }[]>('/channels/1/chats/latest')).body).toMatchObject([
      { id: chat.id, content: 'after' },
      { id: chatId, content: 'before', edited: false },
    ]);
    expect(watcher.all('chat_edited')).toEqual([]);
  });

  it('makes a channel only once it is there, and everybody hears of it', async () => {
    proxy.cut();
    expect(await client.post('/channels', { name: 'news' })).toMatchObject({ status: 503 });
    proxy.restore();
    const channel = await eventually(async () => {
      const { status, body } = await client.post('/channels', { name: 'news' });
      return status === 201 ? body : undefined;
    }, 'a channel to be made');

    expect(await watcher.of('channel_created')).toEqual({ type: 'channel_created', channel });
    expect(watcher.all('channel_created')).toHaveLength(1);
  });

  it('answers 503 where it swallows requests', async () => {
    proxy.stall();
    const answers = await Promise.all([
      client.post('/channels/1/chats', { content: 'swallowed' }),
      client.get('/chats?query=before'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
    proxy.restore();
    await eventually(async () => ((await client.get('/self')).status === 200 ? true : undefined), 'the database');
  });
});

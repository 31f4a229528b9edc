import { Client } from 'pg';
import { createTestDatabase, onServer, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { type ConnectOptions, MessagingClient } from '../support/messaging-client.js';
import { ServerProcess } from '../support/parlance.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { signToken } from '../support/tokens.js';
import { attemptUpgrade } from '../support/upgrade.js';

describe('a server that is asked to go', () => {
  let database: TestDatabase;
  const servers: ServerProcess[] = [];
  const proxies: TcpProxy[] = [];
  const clients: MessagingClient[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.terminate();
    for (const server of servers.splice(0)) await server.kill();
    for (const proxy of proxies.splice(0)) await proxy.stop();
    await database.drop();
  });

  async function start(env: Record<string, string> = {}, url = database.url): Promise<ServerProcess> {
    const server = await ServerProcess.start(url, env);
    servers.push(server);
    return server;
  }

  async function connect(server: ServerProcess, userId: string, options?: ConnectOptions): Promise<MessagingClient> {
    const client = await MessagingClient.connect(server.origin, signToken({ sub: userId }), options);
    clients.push(client);
    return client;
  }

  const readiness = async ({ httpOrigin }: ServerProcess): Promise<number> =>
    (await fetch(`${httpOrigin}/health/ready`)).status;

  /** Resolves once the server has heard of its end. */
  const draining = (server: ServerProcess): Promise<unknown> =>
    eventually(async () => ((await readiness(server)) === 503 ? true : undefined), 'a server that is not ready');

  it('is not ready from that moment, and refuses who comes in, while it serves who is there', async () => {
    const server = await start({ DRAIN_DELAY_S: '1', DRAIN_S: '0' });
    const [user1, user2] = [await connect(server, 'User1'), await connect(server, 'User2')];
    expect(await readiness(server)).toBe(200);
    const exitCode = server.terminate();
    await draining(server);

    const token = signToken({ sub: 'User3' });
    const refusal = await attemptUpgrade(server.httpOrigin, { headers: { authorization: `Bearer ${token}` } });
    expect(refusal).toMatchObject({ status: 503, headers: { 'x-content-type-options': 'nosniff' } });
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(JSON.parse(refusal.body)).toEqual({ code: 503, message: expect.any(String) as string });
    expect((await fetch(`${server.httpOrigin}/health/live`)).status).toBe(200);

    await user1.request('new', { chatId: 'User2', message: 'still here' });
    await user2.event('new');
    expect(user1.events('reconnect')).toEqual([]);
    expect(await exitCode).toBe(0);
  });

  it('tells each connection when to come back, closes it with 1012 and ends with 0', async () => {
    const server = await start();
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => connect(server, `User${index}`)));
    const exitCode = server.terminate();

    for (const client of all) {
      await expect(client.closed).resolves.toEqual({ code: 1012, reason: expect.any(String) as string });
      expect(client.frames.at(-1)).toEqual({
        type: 'event',
        timestamp: expect.any(Number) as number,
        eventType: 'reconnect',
        payload: { afterMs: expect.any(Number) as number },
      });
      const { afterMs } = client.frames.at(-1)?.payload as { afterMs: number };
      expect(afterMs).toBeGreaterThanOrEqual(0);
    }
    expect(await exitCode).toBe(0);
  });

  it('spreads that over DRAIN_S', async () => {
    const server = await start({ DRAIN_S: '1' });
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => connect(server, `User${index}`)));
    const closedAt: number[] = [];
    for (const { socket } of all) socket.on('close', () => closedAt.push(Date.now()));
    await server.terminate();
    await Promise.all(all.map(({ closed }) => closed));

    expect(Math.max(...closedAt) - Math.min(...closedAt)).toBeGreaterThan(500);
  });

  it('shows nobody as offline', async () => {
    const server = await start({ DRAIN_DELAY_S: '0.3', DRAIN_S: '0.5', PRESENCE_GRACE_MS: '50' });
    const contacts = ['A', 'B', 'C', 'D', 'E', 'F'];
    const leaver = await connect(server, 'Leaver');
    const others = await Promise.all(contacts.map((userId) => connect(server, userId)));
    for (const chatId of contacts) await leaver.request('new', { chatId, message: 'a contact from now on' });
    const exitCode = server.terminate();
    await draining(server);
    const { items } = await leaver.request<{ items: unknown[] }>('presence', { userIds: contacts });

    expect(await exitCode).toBe(0);
    expect(items).toEqual(contacts.map((userId) => ({ userId, status: 'online' })));
    for (const client of [leaver, ...others]) expect(client.events('offline')).toEqual([]);
  });

  it('answers what it was asked before it closes', async () => {
    const server = await start();
    const client = await connect(server, 'User1');
    await client.request('new', { chatId: 'User2', message: 'makes the chat' });
    const locking = new Client({ connectionString: database.url });
    await locking.connect();
    await locking.query('begin; select * from heads for update');
    const asked = Promise.all(['1', '2', '3'].map((message) => client.ask('new', { chatId: 'User2', message })));
    const exitCode = server.terminate();
    await draining(server);
    expect(client.frames.filter(({ eventType }) => eventType === 'reconnect')).toEqual([]);
    await locking.end();

    for (const answer of await asked) expect(answer).toHaveProperty('payload.messageId');
    await expect(client.closed).resolves.toMatchObject({ code: 1012 });
    expect(client.frames.at(-1)).toMatchObject({ eventType: 'reconnect' });
    expect(await exitCode).toBe(0);
  });

  it('writes down what was acked, so that the next server does not send it again', async () => {
    const server = await start();
    const [author, reader] = [await connect(server, 'Author'), await connect(server, 'Reader')];
    for (const message of ['acked', 'acked too', 'unacked']) await author.request('new', { chatId: 'Reader', message });
    await reader.event('new', ({ message }) => message === 'unacked');
    reader.ack(1);
    reader.ack(2);
    await reader.settled();
    expect(await server.terminate()).toBe(0);

    const next = await start();
    const again = await connect(next, 'Reader');
    await again.event('new');
    await again.settled();
    expect(again.events('new').map(({ payload }) => payload?.message)).toEqual(['unacked']);
  });

  it('lets a client go on at the next server without losing or repeating anything', async () => {
    const server = await start({ DRAIN_S: '0.2' });
    const [author, reader] = [
      await connect(server, 'Author', { acks: true }),
      await connect(server, 'Reader', { acks: true }),
    ];
    for (const message of ['1', '2']) await author.request('new', { chatId: 'Reader', message });
    await reader.event('new', ({ message }) => message === '2');
    await reader.settled();
    expect(await server.terminate()).toBe(0);

    const next = await start();
    await (await connect(next, 'Author')).request('new', { chatId: 'Reader', message: '3' });
    const again = await connect(next, 'Reader', { acks: true });
    await again.event('new', ({ message }) => message === '3');
    expect(again.events('new').map(({ payload }) => payload?.message)).toEqual(['3']);
  });

  it('ends at once at a second signal', async () => {
    const server = await start({ DRAIN_DELAY_S: '60' });
    const client = await connect(server, 'User1');
    const exitCode = server.terminate();
    await draining(server);
    server.child.kill('SIGTERM');

    expect(await exitCode).toBe(1);
    await client.closed;
  });

  it('takes SIGINT like SIGTERM', async () => {
    const server = await start();
    const client = await connect(server, 'User1');
    server.child.kill('SIGINT');

    await expect(client.closed).resolves.toMatchObject({ code: 1012 });
    await eventually(() => server.child.exitCode ?? undefined, 'its end');
    expect(server.child.exitCode).toBe(0);
  });

  it('leaves no session in the database behind', async () => {
    const server = await start();
    await connect(server, 'User1');
    const sql = `select 1 from pg_stat_activity where datname = current_database() and application_name = 'parlance'`;
    const sessions = (): Promise<number> =>
      onServer(database.url, async (client) => (await client.query(sql)).rows.length);
    expect(await sessions()).toBeGreaterThan(0);
    await server.terminate();

    await eventually(async () => ((await sessions()) === 0 ? true : undefined), 'a database without sessions');
  });

  it('waits for no client that does not answer its close frame', async () => {
    const server = await start();
    const client = await connect(server, 'User1');
    client.socket.pause();

    expect(await server.terminate()).toBe(0);
  });

  it('waits for no database that does not answer', async () => {
    const proxy = await TcpProxy.start(database.url);
    proxies.push(proxy);
    const server = await start({}, proxy.through(database.url));
    const client = await connect(server, 'User1');
    await client.request('new', { chatId: 'User2', message: 'makes the chat' });
    proxy.stall();
    const stuck = client.ask('new', { chatId: 'User2', message: 'stuck' });

    // Whether its sessions in the database can be ended in time is the network's affair: the deadline, then, is ours.
    expect([0, 1]).toContain(await server.terminate());
    expect(await stuck).toMatchObject({ error: { code: 503 } });
    await expect(client.closed).resolves.toMatchObject({ code: 1012 });
  });
});

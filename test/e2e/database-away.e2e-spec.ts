import { onServer } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('while the database is away', () => {
  let server: TestServer;
  let proxy: TcpProxy;
  let author: MessagingClient;
  let reader: MessagingClient;

  beforeEach(async () => {
    server = await TestServer.startAlone({}, async (url) => {
      proxy = await TcpProxy.start(url);
      return proxy.through(url);
    });
    [author, reader] = [await server.connect('Author'), await server.connect('Reader', { acks: true })];
    await author.request('new', { chatId: 'Reader', message: 'before' });
    await reader.event('new');
  });

  afterEach(async () => {
    proxy.restore();
    await server.stop();
    await proxy.stop();
  });

  const probe = async (path: string): Promise<number> => (await fetch(`${server.httpOrigin}${path}`)).status;
  const texts = (client: MessagingClient): unknown[] => client.events('new').map(({ payload }) => payload?.message);

  /** Sends until it is confirmed, as clients do. */
  const insist = (client: MessagingClient, message: string): Promise<unknown> =>
    eventually(async () => {
      const answer = await client.ask('new', { chatId: 'Reader', message, clientMessageId: message });
      return answer.payload;
    }, `"${message}" to be confirmed`);

  it('the server lives and is not ready', async () => {
    proxy.cut();

    expect(await probe('/health/live')).toBe(200);
    expect(await probe('/health/ready')).toBe(503);
    proxy.restore();
    expect(await eventually(async () => ((await probe('/health/ready')) === 200 ? 200 : undefined), 'readiness')).toBe(
      200,
    );
  });

  it('says so without words of the database', async () => {
    proxy.cut();
    const answer = await fetch(`${server.httpOrigin}/health/ready`);

    expect(await answer.json()).toEqual({ status: 'database away' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['new', { chatId: 'Reader', message: 'x' }],
    ['edit', { chatId: 'Reader', messageId: 1, message: 'x' }],
    ['delete', { chatId: 'Reader', messageId: 1 }],
    ['read', { chatId: 'Reader' }],
    ['react', { chatId: 'Reader', messageId: 1, reaction: 'x', adding: true }],
    ['messages', { chatId: 'Reader' }],
    ['chats', {}],
    ['createChat', { name: 'us', participants: ['Reader'] }],
  ])('%s is answered 503, and the connection stays', async (payloadType, payload) => {
    proxy.cut();
    const { error } = await author.ask(payloadType, payload);

    expect(error).toMatchObject({ code: 503 });
    expect(JSON.stringify(error)).not.toMatch(/postgres|ECONN|127\.0\.0\.1|select/i);
    await author.settled();
  });

  it('and after that it goes on by itself, for those who stayed and for those who came', async () => {
    proxy.cut();
    expect(await author.ask('new', { chatId: 'Reader', message: 'refused' })).toMatchObject({ error: { code: 503 } });
    const newcomer = await server.connect('Reader', { query: { device: 'new' }, acks: true });
    await newcomer.settled();
    expect(newcomer.events('new')).toEqual([]);

    proxy.restore();
    await insist(author, 'after');
    await reader.event('new', ({ message }) => message === 'after');
    await newcomer.event('new', ({ message }) => message === 'after');
    expect(texts(reader)).toEqual(['before', 'after']);
    expect(texts(newcomer)).toEqual(['before', 'after']);
  });

  it('acks are kept until they can be written', async () => {
    const mute = await server.connect('Reader', { query: { device: 'mute' } });
    await mute.event('new');
    proxy.cut();
    mute.ack(1);
    await mute.settled();
    await mute.close();

    proxy.restore();
    await insist(author, 'after');
    const again = await server.connect('Reader', { query: { device: 'mute' } });
    await again.event('new', ({ message }) => message === 'after');
    expect(texts(again)).toEqual(['after']);
  });

  it('a token can be renewed, and typing is told', async () => {
    proxy.cut();
    await reader.settled();
    author.tell('typing', { chatId: 'Reader' });

    await reader.event('typing');
  });

  it('sessions that the database ends under load cost no message and make none twice', async () => {
    const count = 300;
    const sent = Array.from({ length: count }, (_, index) => insist(author, `m${index}`));
    for (let round = 0; round < 5; round += 1) {
      await reader.event('new');
      await onServer(server.database.url, (client) =>
        client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        ),
      );
    }
    await Promise.all(sent);
    await reader.until(() => (new Set(texts(reader)).size === count + 1 ? true : undefined), 'all messages');

    const { messages } = await author.request<{ messages: { message: string; messageId: number }[] }>('messages', {
      chatId: 'Reader',
      count: 500,
    });
    expect(messages).toHaveLength(count + 1);
    expect(messages.map(({ messageId }) => messageId)).toEqual(messages.map((_, index) => index + 1));
    expect(texts(reader)).toEqual(messages.map(({ message }) => message));
  });

  it('requests that it swallows are answered 503 too', async () => {
    proxy.stall();
    const stuck = author.ask('new', { chatId: 'Reader', message: 'swallowed', clientMessageId: 'swallowed' });
    expect(await probe('/health/ready')).toBe(503);

    expect(await stuck).toMatchObject({ error: { code: 503 } });
    proxy.restore();
    await insist(author, 'swallowed');
    await insist(author, 'after');
    await reader.event('new', ({ message }) => message === 'after');
    expect(texts(reader)).toEqual(['before', 'swallowed', 'after']);
  });

  it('what waits behind one that it swallows is refused soon after that one, and then all goes on', async () => {
    proxy.stall();
    const begun = performance.now();
    const behind = ['read', 'messages', 'chat', 'messages'].map((type) => () => author.ask(type, { chatId: 'Reader' }));
    const stuck = author.ask('new', { chatId: 'Reader', message: 'swallowed', clientMessageId: 'swallowed' });
    const answers = await Promise.all([stuck, ...behind.map((ask) => ask())]);

    expect(answers.map(({ error }) => error?.code)).toEqual([503, 503, 503, 503, 503]);
    expect(performance.now() - begun).toBeLessThan(6_000);
    proxy.restore();
    await insist(author, 'after');
    await reader.event('new', ({ message }) => message === 'after');
  });
});

import { execFileSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ConcordClient } from '../support/concord-client.js';
import { freePort } from '../support/free-port.js';
import { MessagingClient } from '../support/messaging-client.js';
import { Program } from '../support/program.js';
import { RealtimeClient } from '../support/realtime-client.js';
import { newTestFolder, removeTestFolder } from '../support/test-server.js';
import { signToken, TEST_SECRET } from '../support/tokens.js';

const REALTIME = { protocols: ['realtime.v1'], query: { device: 'tablet', session: 'work' } };
const PHONE = { query: { device: 'phone' }, acks: true };

/** A server on the database that it brings, whose folder is copied while it is stopped. */
describe('a cold copy of DATA_DIR', () => {
  let cwd: string;
  let port: string;
  let server: Program;

  const origin = (): string => `ws://127.0.0.1:${port}`;
  const messaging = (user: string, options = {}): Promise<MessagingClient> =>
    MessagingClient.connect(origin(), signToken({ sub: user }), options);
  const realtime = (user: string): Promise<RealtimeClient> =>
    RealtimeClient.connect(origin(), signToken({ sub: user }), REALTIME);
  const concord = (user: string): Promise<ConcordClient> => ConcordClient.connect(origin(), signToken({ sub: user }));

  const send = (author: MessagingClient, chatId: string, message: string): Promise<{ messageId: number }> =>
    author.request('new', { chatId, message, clientMessageId: message });
  const told = (client: MessagingClient): unknown[] => client.events('new').map(({ payload }) => payload?.message);

  async function start(): Promise<void> {
    server = new Program('main', [], { cwd, env: { PORT: port, HOST: '127.0.0.1', JWT_SECRET: TEST_SECRET } });
    await server.says('Parlance listens on');
  }

  beforeAll(async () => {
    cwd = newTestFolder();
    port = String(await freePort());
    await start();
  });

  afterAll(async () => {
    await Program.endAll();
    removeTestFolder(cwd);
  });

  it('brings back all that stood in it; clients go on from there, also those that knew more', async () => {
    // Before the copy: Ben's phone has had the first message, his tablet a topic, and nobody has told him of the second.
    const ann = await messaging('Ann');
    const phone = await messaging('Ben', PHONE);
    const tablet = await realtime('Ben');
    await tablet.subscribe('news.kitchen');
    await send(ann, 'Ben', 'first');
    await phone.event('new');
    await phone.settled();
    await phone.close();
    await tablet.of('DirectMessage');
    tablet.socket.terminate();
    await send(ann, 'Ben', 'second');
    const channel = await concord('Cid');
    const { id: chatId } = await channel.writes(1, 'in the channel');
    channel.socket.terminate();
    await ann.close();

    expect(await server.signal('SIGTERM')).toBe(0);
    const [data, copy] = [join(cwd, '.data'), join(cwd, 'copy')];
    // With owners and modes: the database runs as another account where root has started the server.
    execFileSync('cp', ['-a', data, copy]);

    // After it: two are told and confirmed what is then lost.
    await start();
    const later = await messaging('Ann');
    const ahead = await messaging('Ben', PHONE);
    expect(await send(later, 'Ben', 'lost')).toMatchObject({ messageId: 3 });
    await ahead.event('new', ({ message }) => message === 'lost');
    expect(told(ahead)).toEqual(['second', 'lost']);
    await ahead.settled();
    await ahead.close();
    await later.close();
    await server.signal('SIGKILL');

    // The disk is lost, and the copy put back.
    await stopsLeftOver();
    rmSync(data, { recursive: true });
    renameSync(copy, data);
    await start();

    const again = await messaging('Ben', PHONE);
    await again.event('new');
    expect(told(again)).toEqual(['second']);
    const author = await messaging('Ann');
    const { messages } = await author.request<{ messages: { message: string }[] }>('messages', { chatId: 'Ben' });
    expect(messages.map(({ message }) => message)).toEqual(['first', 'second']);
    // Whoever kept what it had sent sends it again, and it is a message: with the number that another had before.
    expect(await send(author, 'Ben', 'anew')).toMatchObject({ messageId: 3 });
    expect(await send(author, 'Ben', 'lost')).toMatchObject({ messageId: 4 });
    // What stood in the copy is known, and no message again.
    expect(await send(author, 'Ben', 'second')).toMatchObject({ messageId: 2 });
    await again.event('new', ({ message }) => message === 'lost');
    expect(told(again)).toEqual(['second', 'anew', 'lost']);

    const back = await realtime('Ben');
    expect(back.welcome).toMatchObject({ resumed: true });
    const publisher = await realtime('Eve');
    await publisher.broadcast('news.kitchen', { soup: 1 });
    expect(await back.of('Broadcast')).toMatchObject({ data: { topic: 'news.kitchen', payload: { soup: 1 } } });
    const reader = await concord('Dan');
    reader.react(chatId, '👍');
    expect(await reader.of('chat_reactions_updated')).toMatchObject({ chatId });
    for (const { socket } of [again, author, back, publisher, reader]) socket.terminate();
  });

  /** A server that is killed leaves its database running, which has to be ended before its folder is taken away. */
  async function stopsLeftOver(): Promise<void> {
    await start();
    expect(await server.signal('SIGTERM')).toBe(0);
  }
});

import { once } from 'node:events';
import { statuses } from '../support/conversation.js';
import { createTestDatabase, onServer, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { type ConnectOptions, MessagingClient } from '../support/messaging-client.js';
import { ServerProcess } from '../support/parlance.js';
import { RealtimeClient, type RealtimeConnectOptions } from '../support/realtime-client.js';
import { blocked, Obstacle, terminateSessions } from '../support/sessions.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { signToken } from '../support/tokens.js';

const LOCK_HEADS = 'select from heads for no key update';
const KEY = { idempotency_key: 'k1' };

interface Row {
  readonly id: number;
  readonly client_message_id: string | null;
}

let database: TestDatabase;
let proxy: TcpProxy;
let server: ServerProcess;
let clients: (MessagingClient | RealtimeClient)[];

beforeEach(async () => {
  clients = [];
  database = await createTestDatabase();
  proxy = await TcpProxy.start(database.url);
  server = await ServerProcess.start(proxy.through(database.url));
});

afterEach(async () => {
  for (const client of clients) client.socket.terminate();
  proxy.restore();
  await server.kill();
  await proxy.stop();
  await database.drop();
});

async function connect(user: string, options: RealtimeConnectOptions = {}): Promise<RealtimeClient> {
  const protocols = ['realtime.v1'];
  const client = await RealtimeClient.connect(server.origin, signToken({ sub: user }), { protocols, ...options });
  clients.push(client);
  return client;
}

async function connectMessaging(user: string, options: ConnectOptions = {}): Promise<MessagingClient> {
  const client = await MessagingClient.connect(server.origin, signToken({ sub: user }), options);
  clients.push(client);
  return client;
}

/** Straight to its database, whatever has become of the proxy. */
async function restart(): Promise<void> {
  await server.kill();
  server = await ServerProcess.start(database.url, {}, Number(new URL(server.origin).port));
}

const messages = (): Promise<readonly Row[]> =>
  onServer(database.url, async (client) => {
    const { rows } = await client.query<Row>('select id::integer, client_message_id from messages order by id');
    return rows;
  });

const told = (client: RealtimeClient, text: string) =>
  client.of('DirectMessage', ({ payload }) => (payload as { message?: unknown }).message === text);

/** The first message of all. */
const FIRST = 'before';

/** What the reader was told before a last word of the author's, but the first: a crash may bring that once more. */
async function toldUntilNow(author: RealtimeClient, reader: RealtimeClient): Promise<unknown[]> {
  await author.directMessage('Reader', { message: 'the last word' });
  await told(reader, 'the last word');
  return reader
    .all('DirectMessage')
    .slice(0, -1)
    .map(({ data }) => (data.payload as { message: string }).message)
    .filter((text) => text !== FIRST);
}

/** There is a dialog, of which both have had all: what is sent there needs nothing but its append. */
async function openDialog(author: RealtimeClient, reader: RealtimeClient): Promise<void> {
  const phone = await connectMessaging('Author', { acks: true });
  await author.directMessage('Reader', { message: FIRST });
  await told(reader, FIRST);
  await phone.event('dlvrd');
  await phone.settled();
  await phone.close();
}

const send = (author: RealtimeClient, text: string, metadata?: object): void => {
  author.send({
    type: 'DirectMessage',
    data: { target_user: 'Reader', payload: { message: text } },
    id: 'once',
    metadata,
  });
};

const newestIn = async (count: number): Promise<Row> =>
  eventually(async () => (await messages())[count - 1], `the commit of message ${count}`);

describe('a server that is killed with a direct message', () => {
  it('before the commit has told nobody, and the retry makes one message', async () => {
    const [author, reader] = [await connect('Author'), await connect('Reader')];
    await openDialog(author, reader);
    const obstacle = await Obstacle.raise(database.url, LOCK_HEADS);
    send(author, 'Hi', KEY);
    await blocked(database.url);
    await server.kill();
    await terminateSessions(database.url);
    await obstacle.remove();
    expect(author.all('Ack').filter(({ data }) => data.message_id === 'once')).toEqual([]);
    expect(reader.all('DirectMessage')).toHaveLength(1);
    expect(await messages()).toHaveLength(1);

    await restart();
    const [again, readerAgain] = [await connect('Author'), await connect('Reader')];
    const ack = await again.directMessage('Reader', { message: 'Hi' }, KEY);
    const [, made] = await messages();
    expect(ack).toMatchObject({ status: 'delivered', server_message_id: `dm_${made?.id}` });
    expect((await toldUntilNow(again, readerAgain)).filter((text) => text === 'Hi')).toEqual(['Hi']);
    expect((await messages()).map((row) => row.client_message_id)).toEqual([null, 'k1', null]);
  });

  it('between commit and Ack has stored it once: the retry is answered with the same id, and it comes once', async () => {
    const [author, reader] = [await connect('Author'), await connect('Reader')];
    await openDialog(author, reader);
    const obstacle = await Obstacle.raise(database.url, LOCK_HEADS);
    send(author, 'Hi', KEY);
    await blocked(database.url);
    proxy.stall();
    await obstacle.remove();
    const committed = await newestIn(2);
    await author.settled();
    expect(author.all('Ack').filter(({ data }) => data.message_id === 'once')).toEqual([]);

    await restart();
    const [again, readerAgain] = [await connect('Author'), await connect('Reader')];
    const ack = await again.directMessage('Reader', { message: 'Hi' }, KEY);
    expect(ack.server_message_id).toBe(`dm_${committed.id}`);
    expect(await toldUntilNow(again, readerAgain)).toEqual(['Hi']);
    expect((await messages()).map((row) => row.client_message_id)).toEqual([null, 'k1', null]);
  });

  it('between commit and Ack has stored one without a key too: it comes, though nobody was told of it', async () => {
    const [author, reader] = [await connect('Author'), await connect('Reader')];
    await openDialog(author, reader);
    const obstacle = await Obstacle.raise(database.url, LOCK_HEADS);
    send(author, 'Hi');
    await blocked(database.url);
    proxy.stall();
    await obstacle.remove();
    await newestIn(2);

    await restart();
    expect(await toldUntilNow(await connect('Author'), await connect('Reader'))).toEqual(['Hi']);
  });

  it('behind the Ack of one that is queued has lost nothing of it', async () => {
    const author = await connect('Author');
    const acks = [
      await author.directMessage('Reader', { message: 'first' }),
      await author.directMessage('Reader', { message: 'urgent' }, { priority: 'high' }),
    ];
    await restart();
    const reader = await connect('Reader');
    await told(reader, 'first');
    expect(reader.all('DirectMessage').map(({ data }) => (data.metadata as { message_id: string }).message_id)).toEqual(
      acks.map((ack) => ack.server_message_id).reverse(),
    );
  });
});

describe('a server that is killed with a receipt', () => {
  it('between push and pong tells it again, and the author hears of it then', async () => {
    const [author, reader] = [await connect('Author'), await connect('Reader', { deaf: true })];
    await author.directMessage('Reader', { message: 'Hi' });
    await told(reader, 'Hi');
    await once(reader.socket, 'ping');
    await restart();

    const phone = await connectMessaging('Author', { acks: true });
    expect(await statuses(phone, 'Reader')).toEqual(['undelivered']);
    const again = await connect('Reader');
    await told(again, 'Hi');
    expect(await phone.event('dlvrd')).toMatchObject({ payload: { chatId: 'Reader', messageId: 1, userId: 'Reader' } });
    await again.close();
    expect(await toldUntilNow(await connect('Author'), await connect('Reader'))).toEqual([]);
  });

  it('before its mark is committed has marked nothing: it comes again, and is marked then', async () => {
    const [author, reader] = [await connect('Author'), await connect('Reader', { deaf: true })];
    await author.directMessage('Reader', { message: 'Hi' });
    await told(reader, 'Hi');
    const [ping] = (await once(reader.socket, 'ping')) as [Buffer];
    const obstacle = await Obstacle.raise(database.url, LOCK_HEADS);
    reader.socket.pong(ping);
    await blocked(database.url);
    await server.kill();
    await terminateSessions(database.url);
    await obstacle.remove();

    await restart();
    const phone = await connectMessaging('Author', { acks: true });
    expect(await statuses(phone, 'Reader')).toEqual(['undelivered']);
    const again = await connect('Reader');
    await told(again, 'Hi');
    expect(await phone.event('dlvrd')).toMatchObject({ payload: { messageId: 1 } });
    expect(await statuses(phone, 'Reader')).toEqual(['unread']);
  });

  it('between the commit of its mark and all else may tell it again, and the author of the mark once', async () => {
    const [author, reader] = [await connect('Author'), await connect('Reader', { deaf: true })];
    const phone = await connectMessaging('Author');
    await author.directMessage('Reader', { message: 'Hi' });
    await told(reader, 'Hi');
    const [ping] = (await once(reader.socket, 'ping')) as [Buffer];
    const obstacle = await Obstacle.raise(database.url, LOCK_HEADS);
    reader.socket.pong(ping);
    await blocked(database.url);
    proxy.stall();
    await obstacle.remove();
    await eventually(isMarked, 'the commit of the mark');
    expect(phone.events('dlvrd')).toEqual([]);

    await restart();
    const phoneAgain = await connectMessaging('Author', { acks: true });
    const marked = await phoneAgain.event('dlvrd');
    expect(marked).toMatchObject({ payload: { messageId: 1, userId: 'Reader' } });
    const again = await connect('Reader');
    await told(again, 'Hi');
    const authorAgain = await connect('Author');
    await authorAgain.directMessage('Reader', { message: 'two' });
    await phoneAgain.event('dlvrd', ({ messageId }) => messageId === 2);
    expect(phoneAgain.events('dlvrd').map(({ payload }) => payload?.messageId)).toEqual([1, 2]);
  });

  it('that came while the database was away keeps it, and marks when the database is back', async () => {
    const [author, reader] = [await connect('Author'), await connect('Reader', { deaf: true })];
    const phone = await connectMessaging('Author', { acks: true });
    await author.directMessage('Reader', { message: 'Hi' });
    await told(reader, 'Hi');
    const [ping] = (await once(reader.socket, 'ping')) as [Buffer];
    proxy.cut();
    reader.socket.pong(ping);
    await reader.settled();
    proxy.restore();
    expect(await phone.event('dlvrd')).toMatchObject({ payload: { messageId: 1 } });
    await reader.close();
    await expect(toldUntilNow(await connect('Author'), await connect('Reader'))).resolves.toEqual([]);
  });
});

async function isMarked(): Promise<true | undefined> {
  return onServer(database.url, async (client) => {
    const { rowCount } = await client.query(`select from members where user_id = 'Reader' and dlvrd_to > 0`);
    return rowCount ? true : undefined;
  });
}

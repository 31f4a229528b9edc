import { createTestDatabase, onServer, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { type ConnectOptions, type Frame, MessagingClient } from '../support/messaging-client.js';
import { ServerProcess } from '../support/parlance.js';
import { blocked, Obstacle, terminateSessions } from '../support/sessions.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { signToken } from '../support/tokens.js';

const LOCK_HEADS = 'select from heads for no key update';
const MESSAGE = { chatId: 'Reader', message: 'hello', clientMessageId: 'c1' };

interface Row {
  readonly number: string;
  readonly client_message_id: string;
  readonly created_at: string;
}

describe('a server that is killed', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let server: ServerProcess;
  let clients: MessagingClient[];

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

  const connect = async (userId: string, options: ConnectOptions = {}, origin = server.origin) => {
    const client = await MessagingClient.connect(origin, signToken({ sub: userId }), options);
    clients.push(client);
    return client;
  };

  const restart = async (): Promise<void> => {
    await server.kill();
    server = await ServerProcess.start(database.url, {}, Number(new URL(server.origin).port));
  };

  const messages = (): Promise<readonly Row[]> =>
    onServer(database.url, async (client) => {
      const { rows } = await client.query<Row>(
        'select number, client_message_id, created_at from messages order by id',
      );
      return rows;
    });

  const isC1 = (row: Row): boolean => row.client_message_id === 'c1';

  const isOfC1 = (payload: Record<string, unknown>): boolean => payload.clientMessageId === 'c1';

  const ask = (client: MessagingClient, payload: Record<string, unknown>): void => {
    client.send({ type: 'request', id: 'once', timestamp: 0, payloadType: 'new', payload });
  };

  /** All that was sent before a last word of the author's, and nothing that comes behind it. */
  const toldUntilNow = async (reader: MessagingClient): Promise<unknown[]> => {
    const author = await connect('Author', { query: { device: 'marker' } });
    const { messageId } = await author.request('new', { chatId: 'Reader', message: 'the last word' });
    await reader.event('new', (payload) => payload.messageId === messageId);
    return reader
      .events('new')
      .slice(0, -1)
      .map(({ payload }) => payload?.clientMessageId);
  };

  /** There is a dialog, so that what is sent there needs nothing but its append. */
  const openDialog = async (author: MessagingClient, reader: MessagingClient): Promise<void> => {
    await author.request('new', { chatId: 'Reader', message: 'before', clientMessageId: 'c0' });
    await reader.event('new');
  };

  /** The author's message is on its way into the log, and held up there. */
  const sendAgainstObstacle = async (author: MessagingClient): Promise<Obstacle> => {
    const obstacle = await Obstacle.raise(database.url, LOCK_HEADS);
    ask(author, MESSAGE);
    await blocked(database.url);
    return obstacle;
  };

  describe('before the commit', () => {
    it('has sent nothing, and the retry makes one message', async () => {
      const [author, reader] = [await connect('Author'), await connect('Reader', { acks: true })];
      await openDialog(author, reader);
      const obstacle = await sendAgainstObstacle(author);
      await server.kill();
      await terminateSessions(database.url);
      await obstacle.remove();
      expect(await messages()).toHaveLength(1);

      await restart();
      const again = await connect('Reader', { acks: true });
      expect(await (await connect('Author')).request('new', MESSAGE)).toMatchObject({ messageId: 2 });
      expect((await toldUntilNow(again)).filter((id) => id === 'c1')).toEqual(['c1']);
      expect((await messages()).map((row) => row.client_message_id)).toEqual(['c0', 'c1', null]);
    });

    describe('which happens after all, when those who came back have caught up', () => {
      /** The database does not learn of the end of a server that it can't reach. @returns who came back, having caught up */
      const commitBehindBack = async (): Promise<MessagingClient> => {
        const [author, reader] = [await connect('Author'), await connect('Reader', { acks: true })];
        await openDialog(author, reader);
        const obstacle = await sendAgainstObstacle(author);
        proxy.stall();
        await restart();
        const again = await connect('Reader', { acks: true });
        // What comes from elsewhere shows that it has caught up with all that there is.
        await (await connect('Other')).request('new', { chatId: 'Reader', message: 'from elsewhere' });
        await again.event('new', ({ chatId }) => chatId === 'Other');
        await obstacle.remove();
        await eventually(async () => (await messages()).find(isC1), 'the commit');
        return again;
      };

      it('is told when the sender tries again', async () => {
        const again = await commitBehindBack();
        const answer = await (await connect('Author')).request('new', MESSAGE);
        const [committed, ...others] = (await messages()).filter(isC1);
        expect(answer).toEqual({ messageId: 2, timestamp: Number(committed?.created_at), clientMessageId: 'c1' });
        expect(others).toEqual([]);
        await again.event('new', isOfC1);
      });

      it('is told with whatever comes next, and before it', async () => {
        const again = await commitBehindBack();
        await (await connect('Author')).request('new', { ...MESSAGE, clientMessageId: 'c2' });
        await again.event('new', ({ clientMessageId }) => clientMessageId === 'c2');
        const fromAuthor = again.events('new').filter(({ payload }) => payload?.chatId === 'Author');
        expect(fromAuthor.slice(-2).map(({ payload }) => payload?.clientMessageId)).toEqual(['c1', 'c2']);
      });
    });

    it('leaves half a dialog behind to nobody: the retry makes it whole', async () => {
      const author = await connect('Author');
      const obstacle = await Obstacle.raise(
        database.url,
        `insert into chats (kind, user_a, user_b, created_at) values ('dialog', 'Author', 'Reader', 0)`,
      );
      ask(author, MESSAGE);
      await blocked(database.url);
      await restart();
      const [again, reader] = [await connect('Author'), await connect('Reader', { acks: true })];
      const answer = again.request('new', MESSAGE);
      await obstacle.remove();

      expect(await answer).toMatchObject({ messageId: 1 });
      expect(await toldUntilNow(reader)).toEqual(['c1']);
      expect((await messages()).map((row) => row.client_message_id)).toEqual(['c1', null]);
    });
  });

  it('between commit and answer has stored the message once: the retry is answered as the first would have been', async () => {
    const [author, reader] = [await connect('Author'), await connect('Reader', { acks: true })];
    await openDialog(author, reader);
    const obstacle = await sendAgainstObstacle(author);
    proxy.stall();
    await obstacle.remove();
    const committed = await eventually(async () => (await messages())[1], 'the commit');
    await author.settled();
    expect(author.frames.filter(({ id }) => id === 'once')).toEqual([]);

    await restart();
    const again = await connect('Reader', { acks: true });
    expect(await (await connect('Author')).request('new', MESSAGE)).toEqual({
      messageId: 2,
      timestamp: Number(committed.created_at),
      clientMessageId: 'c1',
    });
    expect((await toldUntilNow(again)).filter((id) => id === 'c1')).toEqual(['c1']);
    expect((await messages()).map((row) => row.client_message_id)).toEqual(['c0', 'c1', null]);
  });

  it('between answer and push has confirmed what the recipient gets when it comes back', async () => {
    const network = await TcpProxy.start(server.httpOrigin);
    const reader = await connect('Reader', { acks: true }, network.through(server.origin).replace(/\/$/, ''));
    await reader.settled();
    network.stall();
    expect(await (await connect('Author')).request('new', MESSAGE)).toMatchObject({ messageId: 1 });
    await restart();
    expect(reader.events('new')).toEqual([]);

    const again = await connect('Reader', { acks: true });
    expect(await toldUntilNow(again)).toEqual(['c1']);
    await network.stop();
  });

  it('between push and ack tells it again, until it is acked', async () => {
    const [author, reader] = [await connect('Author'), await connect('Reader')];
    await author.request('new', MESSAGE);
    await reader.event('new');
    await restart();

    const second = await connect('Reader', { acks: true });
    await second.event('new', (payload) => payload.clientMessageId === 'c1');
    await second.settled();
    await second.close();
    const third = await connect('Reader', { acks: true });
    expect(await toldUntilNow(third)).toEqual([]);
  });

  it('may repeat what was acked just before, and loses nothing behind it', async () => {
    const [author, reader] = [await connect('Author'), await connect('Reader', { acks: true })];
    await author.request('new', MESSAGE);
    await reader.event('new');
    await reader.settled();
    await author.request('new', { ...MESSAGE, clientMessageId: 'c2' });
    await restart();

    const told = await toldUntilNow(await connect('Reader', { acks: true }));
    expect([['c1', 'c2'], ['c2'], []]).toContainEqual(told);
    const had = new Set([...reader.events('new').map(({ payload }) => payload?.clientMessageId), ...told]);
    expect(had).toEqual(new Set(['c1', 'c2']));
  });
});

describe('a database that is restarted under load', () => {
  const AUTHORS = ['Ann', 'Bob', 'Cid'];
  const PER_AUTHOR = 120;
  let database: TestDatabase;
  let server: ServerProcess;

  beforeEach(async () => {
    database = await createTestDatabase();
    server = await ServerProcess.start(database.url);
  });

  afterEach(async () => {
    await server.kill();
    await database.drop();
  });

  /** Sends them all at once, and again what was answered 503, until all are confirmed. */
  const insist = async (author: MessagingClient, texts: readonly string[], refused: Frame[]): Promise<number[]> => {
    const sent = texts.map(async (text) => {
      const payload = { chatId: 'Reader', message: text, clientMessageId: text };
      return eventually(async () => {
        const answer = await author.ask('new', payload);
        if (answer.error) refused.push(answer);
        return answer.payload?.messageId as number | undefined;
      }, `${text} to be confirmed`);
    });
    return Promise.all(sent);
  };

  it('makes it answer 503 for a while; then all goes on, with nothing lost and nothing twice', async () => {
    const reader = await MessagingClient.connect(server.origin, signToken({ sub: 'Reader' }), { acks: true });
    const refused: Frame[] = [];
    const load = AUTHORS.map(async (userId) => {
      const author = await MessagingClient.connect(server.origin, signToken({ sub: userId }));
      const texts = Array.from({ length: PER_AUTHOR }, (_, place) => `${userId} ${place}`);
      const batches = Array.from({ length: 6 }, (_, batch) => texts.slice(batch * 20, batch * 20 + 20));
      const numbers: number[] = [];
      for (const batch of batches) {
        numbers.push(...(await insist(author, batch, refused)));
        await terminateSessions(database.url);
      }
      author.socket.terminate();
      expect(new Set(numbers).size).toBe(PER_AUTHOR);
    });
    await Promise.all(load);

    await reader.until(() => (reader.events('new').length >= AUTHORS.length * PER_AUTHOR ? true : undefined), 'all');
    for (const userId of AUTHORS) {
      const told = reader.events('new').filter(({ payload }) => payload?.chatId === userId);
      expect(told.map(({ payload }) => payload?.messageId)).toEqual(
        Array.from({ length: PER_AUTHOR }, (_, i) => i + 1),
      );
      expect(new Set(told.map(({ payload }) => payload?.clientMessageId)).size).toBe(PER_AUTHOR);
    }
    expect(refused.map(({ error }) => error?.code)).toEqual(refused.map(() => 503));
    reader.socket.terminate();
  });
});

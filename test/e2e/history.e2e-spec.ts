import { newPair, type Pair } from '../support/cast.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(async () => {
  await server.stop();
});

const PAGE_BYTES = 524_288;

interface Page {
  readonly messages: readonly Record<string, unknown>[];
  readonly more?: boolean;
}

function page(client: MessagingClient, chatId: string, place: object = {}): Promise<Page> {
  return client.request<Page>('messages', { chatId, ...place });
}

const numbers = ({ messages, more }: Page): unknown[] => [messages.map(({ messageId }) => messageId), more];

const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, n) => first + n);

/** Writes without waiting: they keep their order. */
async function write(client: MessagingClient, chatId: string, texts: readonly string[]): Promise<void> {
  for (const message of texts.slice(0, -1)) {
    client.send({ type: 'request', id: 'written', payloadType: 'new', payload: { chatId, message } });
  }
  await client.request('new', { chatId, message: texts.at(-1) });
}

describe('the place of a page', () => {
  let pair: Pair;

  beforeAll(async () => {
    pair = await newPair(server);
    await write(pair.here, pair.reader, upTo(10).map(String));
  });

  it.each<[string, object, readonly number[], true | undefined]>([
    ['is the newest without startId and endId', { count: 3 }, [8, 9, 10], true],
    ['is all where all fit', {}, upTo(10), undefined],
    ['is all where all just fit', { count: 10 }, upTo(10), undefined],
    ['begins with startId and goes on to newer ones', { startId: 4, count: 3 }, [4, 5, 6], true],
    ['ends with the newest from startId on', { startId: 8, count: 3 }, [8, 9, 10], undefined],
    ['is from the first on with startId 0', { startId: 0, count: 2 }, [1, 2], true],
    ['is empty with startId above the newest', { startId: 11 }, [], undefined],
    ['is what is older than endId, the newest of it', { endId: 6, count: 3 }, [3, 4, 5], true],
    ['ends with the oldest before endId', { endId: 4, count: 3 }, [1, 2, 3], undefined],
    ['is empty before the first message', { endId: 1 }, [], undefined],
    ['is empty with endId 0', { endId: 0 }, [], undefined],
    ['is the newest with endId far above it', { endId: 1_000, count: 2 }, [9, 10], true],
    ['can be one message', { startId: 5, count: 1 }, [5], true],
  ])('%s: %j', async (_name, place, expected, more) => {
    for (const [client, chatId] of [
      [pair.here, pair.reader],
      [pair.there, pair.author],
    ] as const) {
      expect(numbers(await page(client, chatId, place))).toEqual([expected, more]);
    }
  });

  it.each<[object, string]>([
    [{ startId: 1, endId: 5 }, 'payload.endId'],
    [{ startId: 0, endId: 0 }, 'payload.endId'],
    [{ count: 0 }, 'payload.count'],
    [{ count: 501 }, 'payload.count'],
    [{ count: 1.5 }, 'payload.count'],
    [{ count: '5' }, 'payload.count'],
    [{ startId: -1 }, 'payload.startId'],
    [{ endId: '5' }, 'payload.endId'],
  ])('%j is 400', async (place, field) => {
    expect(await pair.here.ask('messages', { chatId: pair.reader, ...place })).toMatchObject({
      error: { code: 400, details: { field } },
    });
  });

  it('in a dialog without a message is empty, in a group that one is not in 404', async () => {
    const answer = await pair.here.ask('messages', { chatId: freshUsers('Stranger')[0] });
    expect(answer).toEqual({
      type: 'response',
      id: answer.id,
      timestamp: aTime,
      payloadType: 'messages',
      payload: { messages: [] },
    });
    expect(await pair.here.ask('messages', { chatId: 'g_0123456789abcdefghijkl' })).toMatchObject({
      error: { code: 404 },
    });
  });
});

describe('the size of a page', () => {
  it('is 300 messages where nothing is said, and up to 500', async () => {
    const { reader, here } = await newPair(server);
    await write(here, reader, upTo(501).map(String));

    expect(numbers(await page(here, reader))).toEqual([upTo(501, 202), true]);
    expect(numbers(await page(here, reader, { startId: 1 }))).toEqual([upTo(300), true]);
    expect(numbers(await page(here, reader, { count: 500 }))).toEqual([upTo(501, 2), true]);
    expect(numbers(await page(here, reader, { startId: 2, count: 500 }))).toEqual([upTo(501, 2), undefined]);
  });

  it.each(['ascii', '語'])('ends early at 512 KiB of %s, in both directions, and loses nothing', async (kind) => {
    const { reader, here } = await newPair(server);
    const text = kind === 'ascii' ? 'x'.repeat(60_000) : '語'.repeat(20_000);
    await write(here, reader, Array<string>(20).fill(text));

    const newest = await page(here, reader);
    expect(newest.more).toBe(true);
    expect(newest.messages.at(-1)).toMatchObject({ messageId: 20 });
    for (const direction of ['startId', 'endId'] as const) {
      const seen: unknown[][] = [];
      let at = direction === 'startId' ? 1 : 21;
      for (let more: boolean | undefined = true; more;) {
        const { messages, ...rest } = await page(here, reader, { [direction]: at });
        const found = messages.map(({ messageId }) => Number(messageId));
        expect(Buffer.byteLength(JSON.stringify(messages))).toBeLessThanOrEqual(PAGE_BYTES);
        expect(found.length).toBeGreaterThan(0);
        at = direction === 'startId' ? (found.at(-1) ?? 0) + 1 : (found[0] ?? 0);
        seen.push(found);
        more = rest.more;
      }
      expect(seen.length).toBeGreaterThan(1);
      expect((direction === 'startId' ? seen : seen.reverse()).flat()).toEqual(upTo(20));
    }
  });
});

describe('a message in the history', () => {
  it('has what was sent with it', async () => {
    const { author, reader, here, there } = await newPair(server);
    const attachments = [
      { type: 'file', id: 'f', filename: 'f', url: '<f>', meta: { size: 1, own: [] }, unknown: null },
    ];
    const forwarded = { from: 'somebody', more: [1.5] };
    const { timestamp } = await here.request('new', { chatId: reader, message: 'first', clientMessageId: 'c1' });
    const sent = await there.request('new', {
      chatId: author,
      message: 'second',
      clientMessageId: 'c2',
      attachments,
      forwarded,
      replyTo: 1,
    });
    const first = {
      messageId: 1,
      clientMessageId: 'c1',
      sender: author,
      message: 'first',
      type: 'new',
      status: 'undelivered',
      createdAt: timestamp,
    };
    const second = {
      messageId: 2,
      clientMessageId: 'c2',
      sender: reader,
      message: 'second',
      attachments,
      replyTo: { messageId: 1, clientMessageId: 'c1', sender: author, message: 'first', createdAt: timestamp },
      forwarded,
      type: 'new',
      status: 'undelivered',
      createdAt: sent.timestamp,
    };

    const answer = await here.ask('messages', { chatId: reader });
    expect(answer).toEqual({
      type: 'response',
      id: 'r2',
      timestamp: aTime,
      payloadType: 'messages',
      payload: { messages: [first, second] },
    });
    expect((await page(there, author)).messages).toEqual([first, second]);
  });

  it('keeps its number and its times when deleted, and nothing of its content', async () => {
    const { author, reader, here, there } = await newPair(server);
    const message = { message: 'x', clientMessageId: 'c', forwarded: true };
    const attachments = [{ type: 'file', id: 'f', filename: 'f', url: 'f' }];
    await here.request('new', { chatId: reader, message: 'quoted' });
    const sent = await here.request('new', { chatId: reader, ...message, attachments, replyTo: 1 });
    await there.request('react', { chatId: author, messageId: 2, reaction: '👍', adding: true });
    const { timestamp } = await here.request('delete', { chatId: reader, messageId: 2 });

    for (const [client, chatId] of [
      [here, reader],
      [there, author],
    ] as const) {
      expect((await page(client, chatId, { startId: 2 })).messages).toEqual([
        {
          messageId: 2,
          clientMessageId: 'c',
          sender: author,
          type: 'new',
          status: 'deleted',
          createdAt: sent.timestamp,
          deletedAt: timestamp,
        },
      ]);
    }
  });

  it('shows the quoted message as it is now', async () => {
    const { author, reader, here } = await newPair(server);
    const { timestamp: createdAt } = await here.request('new', { chatId: reader, message: 'before' });
    await here.request('new', { chatId: reader, message: 'x', replyTo: 1 });
    const quoted = async (): Promise<unknown> => (await page(here, reader, { startId: 2 })).messages[0]?.replyTo;

    await here.request('edit', { chatId: reader, messageId: 1, message: 'after' });
    expect(await quoted()).toEqual({ messageId: 1, sender: author, message: 'after', createdAt });
    await here.request('delete', { chatId: reader, messageId: 1 });
    expect(await quoted()).toEqual({ messageId: 1, sender: author, createdAt });
  });

  it('has the time of its last edit, and its reactions', async () => {
    const { reader, here } = await newPair(server);
    await here.request('new', { chatId: reader, message: 'x' });
    await here.request('edit', { chatId: reader, messageId: 1, message: 'y' });
    const { timestamp } = await here.request('edit', { chatId: reader, messageId: 1, message: 'z' });
    await here.request('react', { chatId: reader, messageId: 1, reaction: '👍', adding: true });

    expect((await page(here, reader)).messages).toMatchObject([
      { message: 'z', updatedAt: timestamp, reactions: { '👍': 1 } },
    ]);
  });
});

describe('status', () => {
  it('of another’s message is what oneself has done, of one’s own what the other one has', async () => {
    const { author, reader, here, there } = await newPair(server);
    await write(here, reader, ['1', '2', '3', '4']);
    await there.request('new', { chatId: author, message: '5' });
    await there.request('read', { chatId: author, messageId: 1 });
    await there.request('dlvrd', { chatId: author, messageId: 2 });
    await here.request('delete', { chatId: reader, messageId: 4 });

    const expected = ['read', 'unread', 'undelivered', 'deleted', 'undelivered'];
    for (const [client, chatId] of [
      [here, reader],
      [there, author],
    ] as const) {
      expect((await page(client, chatId)).messages.map(({ status }) => status)).toEqual(expected);
    }
  });

  it('of one’s own message in a group is what all have reached; delivering tells of each, to its author', async () => {
    const { author, reader, here, there } = await newPair(server);
    const [third] = freshUsers('Third');
    const { chatId } = await here.request<{ chatId: string }>('createChat', {
      name: 'us',
      participants: [reader, third],
    });
    const { timestamp: createdAt } = await here.request('new', { chatId, message: 'x' });
    const { timestamp: read } = await there.request('read', { chatId });
    const message = { messageId: 1, sender: author, message: 'x', type: 'new', createdAt };
    const inGroup = async (client: MessagingClient): Promise<unknown> => (await page(client, chatId)).messages[0];
    const items = [{ userId: reader, dlvrd: read, read }, { userId: third }];

    expect(await inGroup(here)).toEqual({ ...message, status: 'undelivered', delivering: items });
    expect(await inGroup(there)).toEqual({ ...message, status: 'read' });
    const late = await server.connect(third);
    const { timestamp: dlvrd } = await late.request('dlvrd', { chatId });
    expect(await inGroup(here)).toEqual({
      ...message,
      status: 'unread',
      delivering: [items[0], { userId: third, dlvrd }],
    });
    await late.request('read', { chatId });
    expect(await inGroup(here)).toMatchObject({ status: 'read' });
  });
});

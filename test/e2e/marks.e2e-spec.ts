import { arrival, sendText, sendTexts, statuses } from '../support/conversation.js';
import { eventually } from '../support/eventually.js';
import { aTime, failure } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { Frame, MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

interface Marked {
  readonly messageId: number;
  readonly timestamp: number;
}

type MarkKind = 'dlvrd' | 'read';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

interface Pair {
  readonly ann: string;
  readonly ben: string;
  readonly author: MessagingClient;
  readonly reader: MessagingClient;
}

async function connectPair(): Promise<Pair> {
  const [ann, ben] = freshUsers('Ann', 'Ben');
  const author = await server.connect(ann, { acks: true });
  const reader = await server.connect(ben, { acks: true });
  return { ann, ben, author, reader };
}

const mark = (client: MessagingClient, kind: MarkKind, chatId: string, messageId?: number): Promise<Marked> =>
  client.request<Marked>(kind, { chatId, messageId });

/** Waits for a text that is sent now, then shows the marks that came before it. */
async function marksTold(client: MessagingClient, from: MessagingClient, chatId: string): Promise<unknown[]> {
  await sendText(from, chatId, 'marker');
  await arrival(client, 'marker');
  return client.events('dlvrd', 'read').map(({ eventType, payload }) => [eventType, payload?.messageId]);
}

const missedIn = ({ payload }: Frame): unknown => payload?.missed;

describe('dlvrd', () => {
  it('is answered with the message and the time, and comes to all of the author’s connections', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const phone = await server.connect(ann, { acks: true, query: { device: 'phone' } });
    await sendText(author, ben, 'Hi!', { clientMessageId: 'c1' });
    const answer = await reader.ask('dlvrd', { chatId: ann, messageId: 1 });

    expect(answer).toStrictEqual({
      type: 'response',
      id: 'r1',
      timestamp: aTime,
      payloadType: 'dlvrd',
      payload: { messageId: 1, timestamp: aTime, clientMessageId: 'c1' },
    });
    const { timestamp } = answer.payload as { timestamp: number };
    const event = {
      type: 'event',
      id: 1,
      timestamp,
      eventType: 'dlvrd',
      payload: { chatId: ben, messageId: 1, clientMessageId: 'c1', timestamp, userId: ben },
    };
    expect(await author.event('dlvrd')).toStrictEqual(event);
    expect(await phone.event('dlvrd')).toStrictEqual({ ...event, id: 2 });
  });

  it('is not told to the other devices of whoever marked', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const tablet = await server.connect(ben, { acks: true, query: { device: 'tablet' } });
    await sendText(author, ben, 'Hi!');
    await mark(reader, 'dlvrd', ann);

    expect(await marksTold(tablet, author, ben)).toEqual([]);
    expect(reader.events('dlvrd')).toEqual([]);
  });
});

describe('read', () => {
  it('is answered with the chat, the message, the time and what is missed, and comes to the author', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendText(author, ben, 'Hi!', { clientMessageId: 'c1' });
    await sendText(author, ben, 'You there?');
    const answer = await reader.ask('read', { chatId: ann, messageId: 1 });

    expect(answer).toStrictEqual({
      type: 'response',
      id: 'r1',
      timestamp: aTime,
      payloadType: 'read',
      payload: { chatId: ann, messageId: 1, timestamp: aTime, clientMessageId: 'c1', missed: 1 },
    });
    const { timestamp } = answer.payload as { timestamp: number };
    expect(await author.event('read')).toStrictEqual({
      type: 'event',
      id: 1,
      timestamp,
      eventType: 'read',
      payload: { chatId: ben, messageId: 1, clientMessageId: 'c1', timestamp, userId: ben },
    });
  });

  it('comes to the reader’s other devices, with what is missed', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const tablet = await server.connect(ben, { acks: true, query: { device: 'tablet' } });
    await sendText(author, ben, 'Hi!', { clientMessageId: 'c1' });
    await sendText(author, ben, 'You there?');
    const { timestamp } = await mark(reader, 'read', ann, 1);

    expect((await tablet.event('read')).payload).toStrictEqual({
      chatId: ann,
      messageId: 1,
      clientMessageId: 'c1',
      timestamp,
      userId: ben,
      missed: 1,
    });
    expect(await marksTold(reader, author, ben)).toEqual([]);
  });

  it('implies delivered, and sends no dlvrd of its own', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendText(author, ben, 'Hi!');
    const read = await mark(reader, 'read', ann, 1);

    expect(await mark(reader, 'dlvrd', ann, 1)).toStrictEqual({ messageId: 1, timestamp: read.timestamp });
    expect(await author.request('receipts', { chatId: ben, messageId: 1 })).toStrictEqual({
      items: [{ userId: ben, dlvrd: read.timestamp, read: read.timestamp }],
    });
    expect(await marksTold(author, reader, ann)).toEqual([['read', 1]]);
  });

  it('leaves what was marked delivered before at its time', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendText(author, ben, 'Hi!');
    const dlvrd = await mark(reader, 'dlvrd', ann, 1);
    const read = await mark(reader, 'read', ann, 1);

    expect(await mark(reader, 'dlvrd', ann, 1)).toStrictEqual(dlvrd);
    expect(await author.request('receipts', { chatId: ben, messageId: 1 })).toStrictEqual({
      items: [{ userId: ben, dlvrd: dlvrd.timestamp, read: read.timestamp }],
    });
    expect(await marksTold(author, reader, ann)).toEqual([
      ['dlvrd', 1],
      ['read', 1],
    ]);
  });
});

describe.each<[MarkKind]>([['dlvrd'], ['read']])('%s', (kind) => {
  it('without a messageId marks all, and names the newest', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendTexts(author, ben, ['a', 'b', 'c']);

    expect((await mark(reader, kind, ann)).messageId).toBe(3);
    expect(await statuses(reader, ann)).toEqual(Array(3).fill(kind === 'read' ? 'read' : 'unread'));
  });

  it('is a position: it covers what is before it and nothing behind it', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendTexts(author, ben, ['a', 'b', 'c', 'd']);
    await mark(reader, kind, ann, 3);

    const reached = kind === 'read' ? 'read' : 'unread';
    expect(await statuses(author, ben)).toEqual([reached, reached, reached, 'undelivered']);
    expect(await statuses(reader, ann)).toEqual([reached, reached, reached, 'undelivered']);
  });

  it('sends one event for many messages, which names the author’s newest one', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendTexts(author, ben, ['a', 'b', 'c']);
    await sendTexts(reader, ann, ['x', 'y']);
    await mark(reader, kind, ann);

    expect(await marksTold(author, reader, ann)).toEqual([[kind, 3]]);
  });

  it('is told to nobody where it covers nothing of another’s', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendText(reader, ann, 'my own');

    expect((await mark(reader, kind, ann, 1)).messageId).toBe(1);
    expect(await statuses(author, ben)).toEqual(['undelivered']);
    expect(await marksTold(author, reader, ann)).toEqual([]);
  });

  it('may name a message that is deleted', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendText(author, ben, 'oops', { clientMessageId: 'c1' });
    await author.request('delete', { chatId: ben, messageId: 1 });

    expect(await mark(reader, kind, ann, 1)).toMatchObject({ messageId: 1, clientMessageId: 'c1' });
    expect(await statuses(reader, ann)).toEqual(['deleted']);
    expect(await marksTold(author, reader, ann)).toEqual([[kind, 1]]);
  });

  it('is 404 above the newest, and marks nothing then', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendText(author, ben, 'a');

    expect(await reader.ask(kind, { chatId: ann, messageId: 2 })).toMatchObject(failure(404, 'payload.messageId'));
    expect(await statuses(author, ben)).toEqual(['undelivered']);
  });

  it('is {} where the chat has no message, and 404 where one is named there', async () => {
    const { ben, author } = await connectPair();

    expect(await author.request(kind, { chatId: ben })).toStrictEqual({});
    expect(await author.ask(kind, { chatId: ben, messageId: 1 })).toMatchObject(failure(404, 'payload.messageId'));
    const { chatId } = await author.request('createChat', { name: 'Empty', participants: [ben] });
    expect(await author.request(kind, { chatId })).toStrictEqual({});
    expect(await author.ask(kind, { chatId, messageId: 1 })).toMatchObject(failure(404, 'payload.messageId'));
  });

  it('answers with the time of the first mark that covered the message, and tells nobody again', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendTexts(author, ben, ['a', 'b', 'c', 'd']);
    const two = await mark(reader, kind, ann, 2);
    await eventually(() => (Date.now() > two.timestamp ? true : undefined), 'the next millisecond');
    const four = await mark(reader, kind, ann, 4);

    expect(await mark(reader, kind, ann, 1)).toMatchObject({ messageId: 1, timestamp: two.timestamp });
    expect(await mark(reader, kind, ann, 2)).toMatchObject({ messageId: 2, timestamp: two.timestamp });
    expect(await mark(reader, kind, ann, 3)).toMatchObject({ messageId: 3, timestamp: four.timestamp });
    expect(await mark(reader, kind, ann)).toMatchObject({ messageId: 4, timestamp: four.timestamp });
    expect(await marksTold(author, reader, ann)).toEqual([
      [kind, 2],
      [kind, 4],
    ]);
  });

  it('is one mark when two devices race', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const tablet = await server.connect(ben, { acks: true, query: { device: 'tablet' } });
    await sendTexts(author, ben, ['a', 'b', 'c']);
    const answers = await Promise.all([reader, tablet, reader, tablet].map((client) => mark(client, kind, ann, 3)));

    expect(new Set(answers.map(({ timestamp }) => timestamp)).size).toBe(1);
    expect(await marksTold(author, reader, ann)).toEqual([[kind, 3]]);
  });

  it.each([0, -1, 1.5, '1'])('is 400 for the messageId %j', async (messageId) => {
    const { ben, author } = await connectPair();

    expect(await author.ask(kind, { chatId: ben, messageId })).toMatchObject(failure(400, 'payload.messageId'));
  });
});

describe('missed', () => {
  const ofChat = async (client: MessagingClient, chatId: string): Promise<unknown> => {
    const { missed } = await client.request('chat', { chatId });
    const { chats } = await client.request<{ chats: Record<string, unknown>[] }>('chats', {});
    expect(chats.find(({ id }) => id === chatId)?.missed).toBe(missed);
    return missed;
  };

  it('counts the others’ messages above the read mark, wherever it is told', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendTexts(author, ben, ['a', 'b', 'c']);
    expect(await Promise.all(['a', 'b', 'c'].map((text) => arrival(reader, text)))).toMatchObject(
      [1, 2, 3].map((missed) => ({ payload: { missed } })),
    );
    expect(await ofChat(reader, ann)).toBe(3);
    expect(await ofChat(author, ben)).toBe(0);

    expect(await mark(reader, 'read', ann, 2)).toMatchObject({ missed: 1 });
    await sendText(author, ben, 'd');
    expect(missedIn(await arrival(reader, 'd'))).toBe(2);
    expect(await mark(reader, 'read', ann)).toMatchObject({ missed: 0 });
    expect(await ofChat(reader, ann)).toBe(0);
    await sendText(author, ben, 'e');
    expect(missedIn(await arrival(reader, 'e'))).toBe(1);
    expect(await ofChat(reader, ann)).toBe(1);
  });

  it('does not count one’s own, wherever they stand', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const tablet = await server.connect(ben, { acks: true, query: { device: 'tablet' } });
    for (const turn of ['1', '2', '3']) {
      await sendText(author, ben, `theirs ${turn}`);
      await sendText(reader, ann, `mine ${turn}`);
    }

    expect(missedIn(await arrival(reader, 'theirs 3'))).toBe(3);
    expect(missedIn(await arrival(tablet, 'mine 2'))).toBe(2);
    expect(await ofChat(reader, ann)).toBe(3);
    expect(await mark(reader, 'read', ann, 3)).toMatchObject({ missed: 1 });
    expect(await ofChat(reader, ann)).toBe(1);
    await sendText(author, ben, 'theirs 4');
    expect(missedIn(await arrival(reader, 'theirs 4'))).toBe(2);
    expect(await mark(reader, 'read', ann, 4)).toMatchObject({ missed: 2 });
    expect(await ofChat(reader, ann)).toBe(2);
  });

  it('goes on counting a deleted message until it is read', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendTexts(author, ben, ['a', 'b']);
    await author.request('delete', { chatId: ben, messageId: 1 });

    expect(await ofChat(reader, ann)).toBe(2);
    await sendText(author, ben, 'c');
    expect(missedIn(await arrival(reader, 'c'))).toBe(3);
    expect(await mark(reader, 'read', ann, 1)).toMatchObject({ missed: 2 });
  });

  it('is not changed by a delivered mark', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendTexts(author, ben, ['a', 'b']);
    await mark(reader, 'dlvrd', ann);

    expect(await ofChat(reader, ann)).toBe(2);
  });

  it('is told as it is by now when a mark is repeated', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendText(author, ben, 'a');
    await mark(reader, 'read', ann);
    await sendTexts(author, ben, ['b', 'c']);

    expect(await mark(reader, 'read', ann, 1)).toMatchObject({ messageId: 1, missed: 2 });
  });

  it('is right for each of many messages that are sent while reading', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const texts = Array.from({ length: 60 }, (_, index) => `text ${index}`);
    await Promise.all([
      sendTexts(author, ben, texts),
      ...[10, 20, 30].map((messageId) => reader.ask('read', { chatId: ann, messageId })),
      sendTexts(reader, ann, ['x', 'y', 'z']),
    ]);
    await mark(reader, 'read', ann);
    await sendText(author, ben, 'last');

    expect(missedIn(await arrival(reader, 'last'))).toBe(1);
    expect(await ofChat(reader, ann)).toBe(1);
  });
});

describe('receipts', () => {
  it('says when the other user of a dialog had received and read one’s message', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendTexts(author, ben, ['a', 'b']);
    const receipts = (messageId: number): Promise<Frame> => author.ask('receipts', { chatId: ben, messageId });

    expect(await receipts(1)).toStrictEqual({
      type: 'response',
      id: 'r3',
      timestamp: aTime,
      payloadType: 'receipts',
      payload: { items: [{ userId: ben }] },
    });
    const dlvrd = await mark(reader, 'dlvrd', ann);
    expect((await receipts(1)).payload).toStrictEqual({ items: [{ userId: ben, dlvrd: dlvrd.timestamp }] });
    const read = await mark(reader, 'read', ann, 1);
    expect((await receipts(1)).payload).toStrictEqual({
      items: [{ userId: ben, dlvrd: dlvrd.timestamp, read: read.timestamp }],
    });
    expect((await receipts(2)).payload).toStrictEqual({ items: [{ userId: ben, dlvrd: dlvrd.timestamp }] });
  });

  it('comes by pages', async () => {
    const [ann, ben, cleo, dora] = freshUsers('Ann', 'Ben', 'Cleo', 'Dora');
    const author = await server.connect(ann);
    const { chatId } = await author.request('createChat', { name: 'Four', participants: [dora, cleo, ben] });
    await sendText(author, chatId as string, 'hello');
    const page = (rest: object): Promise<{ items: { userId: string }[]; next?: string }> =>
      author.request('receipts', { chatId, messageId: 1, ...rest });

    expect(await page({ limit: 3 })).toStrictEqual({ items: [{ userId: ben }, { userId: cleo }, { userId: dora }] });
    const { items, next } = await page({ limit: 2 });
    expect(items).toStrictEqual([{ userId: ben }, { userId: cleo }]);
    expect(await page({ limit: 2, cursor: next })).toStrictEqual({ items: [{ userId: dora }] });
    for (const limit of [0, 501]) {
      expect(await author.ask('receipts', { chatId, messageId: 1, limit })).toMatchObject(
        failure(400, 'payload.limit'),
      );
    }
    expect(await author.ask('receipts', { chatId, messageId: 1, cursor: '' })).toMatchObject(
      failure(400, 'payload.cursor'),
    );
  });

  it('is the author’s alone, and 404 for a message that is unknown', async () => {
    const { ann, ben, author, reader } = await connectPair();

    expect(await author.ask('receipts', { chatId: ben, messageId: 1 })).toMatchObject(failure(404));
    await sendText(author, ben, 'a');
    expect(await author.ask('receipts', { chatId: ben, messageId: 2 })).toMatchObject(failure(404));
    expect(await reader.ask('receipts', { chatId: ann, messageId: 1 })).toMatchObject(failure(403));
    expect(await author.ask('receipts', { chatId: ben })).toMatchObject(failure(400, 'payload.messageId'));
  });
});

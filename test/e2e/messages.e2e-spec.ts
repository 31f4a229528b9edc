import { arrival, arrivedTexts, history, sendText, sendTexts } from '../support/conversation.js';
import { aTime, failure } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { Frame, MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

const IMAGE = {
  type: 'image',
  id: 'img123',
  filename: 'photo.jpg',
  url: '<http://example.com/photo.jpg>',
  meta: { size: 204800, width: 1024, mimetype: 'image/jpeg', height: 768, thumbnail: { z: null, a: [1.5, '  '] } },
  unknown: ['kept', { too: true }],
};
const FILE = { url: '', filename: '', id: '', type: 'file' };
const VIDEO = { type: 'video', id: 'v', filename: 'v.mp4', url: 'x', meta: { duration: 12.5, mimetype: 'video/mp4' } };
const UNKNOWN_GROUP = 'g_0123456789abcdefghijkl';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

/** Two who talk to each other, each with the id of the other in the other's hands. */
interface Pair {
  readonly ann: string;
  readonly ben: string;
  readonly author: MessagingClient;
  readonly reader: MessagingClient;
}

async function connectPair(claims: Record<string, unknown> = {}): Promise<Pair> {
  const [ann, ben] = freshUsers('Ann', 'Ben');
  const author = await server.connect(ann, { acks: true, claims });
  const reader = await server.connect(ben, { acks: true });
  return { ann, ben, author, reader };
}

/** All that came of a chat's messages before its text `marker`, as names of events. */
async function cameBefore(client: MessagingClient, marker: string): Promise<(string | undefined)[]> {
  const last = await arrival(client, marker);
  const events = client.events('new', 'edit', 'delete', 'react');
  return events.slice(0, events.indexOf(last)).map(({ eventType }) => eventType);
}

describe('new', () => {
  it('is answered with its number and time, and comes to the other user in the chat as that one names it', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const before = Date.now();
    const answer = await author.ask('new', { chatId: ben, message: 'Hi!', clientMessageId: 'c1' });

    expect(answer).toStrictEqual({
      type: 'response',
      id: 'r1',
      timestamp: aTime,
      payloadType: 'new',
      payload: { messageId: 1, timestamp: aTime, clientMessageId: 'c1' },
    });
    const { timestamp } = answer.payload as { timestamp: number };
    expect(timestamp).toBeGreaterThanOrEqual(before);
    expect(timestamp).toBeLessThanOrEqual(Date.now());
    expect(await reader.event('new')).toStrictEqual({
      type: 'event',
      id: 1,
      timestamp,
      eventType: 'new',
      payload: {
        chatId: ann,
        sender: ann,
        messageId: 1,
        clientMessageId: 'c1',
        message: 'Hi!',
        timestamp,
        missed: 1,
        status: 'undelivered',
      },
    });
  });

  it('has no clientMessageId where the client gave none', async () => {
    const { ann, ben, author, reader } = await connectPair();

    expect(await author.request('new', { chatId: ben, message: 'Hi!' })).toStrictEqual({
      messageId: 1,
      timestamp: aTime,
    });
    expect((await reader.event('new')).payload).toStrictEqual({
      chatId: ann,
      sender: ann,
      messageId: 1,
      message: 'Hi!',
      timestamp: aTime,
      missed: 1,
      status: 'undelivered',
    });
  });

  it('shows the name in the author’s token, live and to whom it comes late', async () => {
    const { ann, ben, author, reader } = await connectPair({ name: 'Ann A.' });
    await sendText(author, ben, 'Hi!');

    expect((await reader.event('new')).payload).toMatchObject({ sender: ann, senderName: 'Ann A.' });
    const later = await server.connect(ben, { query: { device: 'tablet' } });
    expect((await later.event('new')).payload).toMatchObject({ sender: ann, senderName: 'Ann A.' });
  });

  it('comes to the author’s other connections, and not to the one that sent it', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const phone = await server.connect(ann, { acks: true, query: { device: 'phone' } });
    await sendText(author, ben, 'Hi!', { clientMessageId: 'c1' });

    expect((await arrival(phone, 'Hi!')).payload).toStrictEqual({
      chatId: ben,
      sender: ann,
      messageId: 1,
      clientMessageId: 'c1',
      message: 'Hi!',
      timestamp: aTime,
      missed: 0,
      status: 'undelivered',
    });
    await sendText(reader, ann, 'marker');
    expect(await cameBefore(author, 'marker')).toEqual([]);
  });

  it('numbers a dialog’s messages from 1 without gaps, whoever writes', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const both = await Promise.all([sendTexts(author, ben, ['a', 'b', 'c']), sendTexts(reader, ann, ['x', 'y', 'z'])]);

    expect(both.flat().sort()).toEqual([1, 2, 3, 4, 5, 6]);
    const seen = await history(author, ben);
    expect(seen.map(({ messageId }) => messageId)).toEqual([1, 2, 3, 4, 5, 6]);
    const times = seen.map(({ createdAt }) => createdAt as number);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('takes effect in the order sent, without waiting for answers, and so it arrives', async () => {
    const { ben, author, reader } = await connectPair();
    const texts = Array.from({ length: 200 }, (_, index) => `text ${index}`);
    const numbers = await sendTexts(author, ben, texts);

    expect(numbers).toEqual(texts.map((_, index) => index + 1));
    await arrival(reader, 'text 199');
    expect(arrivedTexts(reader)).toEqual(texts);
    expect(reader.events('new').map(({ id }) => id)).toEqual(numbers);
  });

  it('takes no notice of the client’s timestamp, which may be missing', async () => {
    const { ben, author } = await connectPair();
    author.send({
      type: 'request',
      id: 'early',
      timestamp: 1,
      payloadType: 'new',
      payload: { chatId: ben, message: 'x' },
    });
    author.send({ type: 'request', id: 'none', payloadType: 'new', payload: { chatId: ben, message: 'y' } });

    for (const id of ['early', 'none']) {
      const { payload } = await author.next((frame) => frame.id === id);
      expect(payload?.timestamp).toBeGreaterThan(Date.now() - 60_000);
    }
  });

  it('needs text or attachments', async () => {
    const { ben, author } = await connectPair();

    for (const payload of [{}, { message: '' }, { attachments: [] }, { message: '', attachments: [] }]) {
      expect(await author.ask('new', { chatId: ben, ...payload })).toMatchObject(failure(400, 'payload.message'));
    }
    expect(await history(author, ben)).toEqual([]);
  });

  it('is 404 in a group that is unknown', async () => {
    const { author } = await connectPair();

    expect(await author.ask('new', { chatId: UNKNOWN_GROUP, message: 'x' })).toMatchObject(
      failure(404, 'payload.chatId'),
    );
  });

  describe('with attachments', () => {
    it('keeps and delivers them exactly as sent, also without a text', async () => {
      const { ben, author, reader } = await connectPair();
      const sent = JSON.stringify([IMAGE, FILE, VIDEO]);
      await author.request('new', { chatId: ben, attachments: JSON.parse(sent) as unknown });
      const late = await server.connect(ben, { query: { device: 'late' } });

      const live = (await reader.event('new')).payload;
      expect(JSON.stringify(live?.attachments)).toBe(sent);
      expect(live).not.toHaveProperty('message');
      expect(JSON.stringify((await late.event('new')).payload?.attachments)).toBe(sent);
      const [kept] = await history(reader, (live?.chatId ?? '') as string);
      expect(JSON.stringify(kept?.attachments)).toBe(sent);
      expect(kept).not.toHaveProperty('message');
    });

    it('takes ten and no more', async () => {
      const { ben, author } = await connectPair();
      const ten = Array.from({ length: 10 }, () => FILE);

      expect(await author.ask('new', { chatId: ben, attachments: ten })).toHaveProperty('payload.messageId', 1);
      expect(await author.ask('new', { chatId: ben, attachments: [...ten, FILE] })).toMatchObject(
        failure(400, 'payload.attachments'),
      );
    });

    it.each<[string, unknown]>([
      ['payload.attachments', 'x'],
      ['payload.attachments.0', ['x']],
      ['payload.attachments.1.type', [FILE, { ...FILE, type: 'audio' }]],
      ['payload.attachments.0.id', [{ ...FILE, id: 1 }]],
      ['payload.attachments.0.filename', [{ ...FILE, filename: null }]],
      ['payload.attachments.0.url', [{ type: 'file', id: '', filename: '' }]],
      ['payload.attachments.0.meta', [{ ...FILE, meta: 'x' }]],
      ['payload.attachments.0.meta.size', [{ ...FILE, meta: { size: '1' } }]],
      ['payload.attachments.0.meta.extension', [{ ...FILE, meta: { extension: 1 } }]],
      ['payload.attachments.0.meta.width', [{ ...IMAGE, meta: { width: 'wide' } }]],
      ['payload.attachments.0.meta.duration', [{ ...VIDEO, meta: { duration: '12' } }]],
    ])('is 400 at %s for what is of a wrong kind', async (field, attachments) => {
      const { ben, author } = await connectPair();

      expect(await author.ask('new', { chatId: ben, message: 'x', attachments })).toMatchObject(failure(400, field));
    });

    it('looks only at the meta of their own kind', async () => {
      const { ben, author } = await connectPair();
      const attachments = [
        { ...FILE, meta: { width: 'wide' } },
        { ...IMAGE, meta: { duration: 'long' } },
      ];

      expect(await author.ask('new', { chatId: ben, attachments })).toHaveProperty('payload.messageId', 1);
    });
  });

  describe('that answers another message', () => {
    it('carries it: live, late and in the history', async () => {
      const { ann, ben, author, reader } = await connectPair();
      const { timestamp } = await author.request('new', { chatId: ben, message: 'Lunch?', clientMessageId: 'q' });
      const observer = await server.connect(ann, { acks: true, query: { device: 'phone' } });
      await sendText(reader, ann, 'Yes!', { replyTo: 1 });

      const replyTo = { messageId: 1, clientMessageId: 'q', sender: ann, message: 'Lunch?', createdAt: timestamp };
      expect((await arrival(author, 'Yes!')).payload?.replyTo).toStrictEqual(replyTo);
      expect((await arrival(observer, 'Yes!')).payload?.replyTo).toStrictEqual(replyTo);
      const late = await server.connect(ann, { query: { device: 'late' } });
      expect((await arrival(late, 'Yes!')).payload?.replyTo).toStrictEqual(replyTo);
      expect((await history(author, ben))[1]?.replyTo).toStrictEqual(replyTo);
    });

    it('shows it as it is now', async () => {
      const { ann, ben, author, reader } = await connectPair();
      const { timestamp } = await author.request('new', { chatId: ben, message: 'Lunch?' });
      await author.request('edit', { chatId: ben, messageId: 1, message: 'Dinner?' });
      await sendText(reader, ann, 'Yes!', { replyTo: 1 });

      const quote = { messageId: 1, sender: ann, createdAt: timestamp };
      expect((await arrival(author, 'Yes!')).payload?.replyTo).toStrictEqual({ ...quote, message: 'Dinner?' });
      await author.request('delete', { chatId: ben, messageId: 1 });
      expect((await history(author, ben))[1]?.replyTo).toStrictEqual(quote);
    });

    it('is 404 where that is unknown, and takes no number', async () => {
      const { ben, author } = await connectPair();

      expect(await author.ask('new', { chatId: ben, message: 'x', replyTo: 1 })).toMatchObject(
        failure(404, 'payload.replyTo'),
      );
      expect(await sendText(author, ben, 'first')).toBe(1);
      expect(await author.ask('new', { chatId: ben, message: 'x', replyTo: 2 })).toMatchObject(
        failure(404, 'payload.replyTo'),
      );
      expect(await sendText(author, ben, 'second')).toBe(2);
    });
  });

  describe('that is forwarded', () => {
    it.each<[unknown]>([[true], [{ chatId: 'elsewhere', sender: 'Zed', deep: { b: 1, a: [null] } }]])(
      'says %j as it was sent',
      async (forwarded) => {
        const { ann, ben, author, reader } = await connectPair();
        await sendText(author, ben, 'Look', { forwarded });

        expect(JSON.stringify((await reader.event('new')).payload?.forwarded)).toBe(JSON.stringify(forwarded));
        expect(JSON.stringify((await history(reader, ann))[0]?.forwarded)).toBe(JSON.stringify(forwarded));
      },
    );
  });

  describe('with a clientMessageId that was there before', () => {
    it('is the same message: the same answer, and nobody is told again', async () => {
      const { ann, ben, author, reader } = await connectPair();
      const first = await author.request('new', { chatId: ben, message: 'once', clientMessageId: 'c1' });
      await sendText(author, ben, 'between');
      const again = await author.request('new', { chatId: ben, message: 'another text', clientMessageId: 'c1' });

      expect(again).toStrictEqual(first);
      expect(await sendText(author, ben, 'marker')).toBe(3);
      await arrival(reader, 'marker');
      expect(arrivedTexts(reader)).toEqual(['once', 'between', 'marker']);
      expect((await history(reader, ann)).map(({ message }) => message)).toEqual(['once', 'between', 'marker']);
    });

    it('is the same on another connection, later, and when it is deleted by then', async () => {
      const { ann, ben, author } = await connectPair();
      const first = await author.request('new', { chatId: ben, message: 'once', clientMessageId: 'c1' });
      await author.request('delete', { chatId: ben, messageId: 1 });
      await author.close();
      const phone = await server.connect(ann, { query: { device: 'phone' } });

      expect(await phone.request('new', { chatId: ben, message: 'once', clientMessageId: 'c1' })).toStrictEqual(first);
      expect(await sendText(phone, ben, 'next')).toBe(2);
    });

    it('is the same when retries race on two connections', async () => {
      const { ann, ben, author, reader } = await connectPair();
      const phone = await server.connect(ann, { acks: true, query: { device: 'phone' } });
      const ids = Array.from({ length: 40 }, (_, index) => `c${index}`);
      const tries = [author, phone, author, phone].map((client) =>
        Promise.all(
          ids.map((clientMessageId) =>
            client.request('new', { chatId: ben, message: clientMessageId, clientMessageId }),
          ),
        ),
      );
      const [first, ...retries] = await Promise.all(tries);

      for (const retry of retries) expect(retry).toStrictEqual(first);
      expect(first?.map(({ messageId }) => messageId).sort((a, b) => Number(a) - Number(b))).toEqual(
        ids.map((_, index) => index + 1),
      );
      await sendText(author, ben, 'marker');
      await arrival(reader, 'marker');
      expect(arrivedTexts(reader).slice(0, -1).sort()).toEqual([...ids].sort());
    });

    it('is another message in another chat, and another sender’s is another one too', async () => {
      const { ann, ben, author, reader } = await connectPair();
      const [cleo] = freshUsers('Cleo');
      await sendText(author, ben, 'to Ben', { clientMessageId: 'c1' });
      await sendText(author, cleo, 'to Cleo', { clientMessageId: 'c1' });

      expect(await sendText(reader, ann, 'from Ben', { clientMessageId: 'c1' })).toBe(2);
      expect(await history(author, cleo)).toMatchObject([{ messageId: 1, message: 'to Cleo' }]);
    });

    it('is the same in the chat with oneself', async () => {
      const { ann, author } = await connectPair();
      const first = await author.request('new', { chatId: ann, message: 'note', clientMessageId: 'c1' });

      expect(await author.request('new', { chatId: ann, message: 'note', clientMessageId: 'c1' })).toStrictEqual(first);
    });
  });

  describe('in favorites', () => {
    it('is read at once, and comes to one’s other devices', async () => {
      const { ann, author } = await connectPair();
      const phone = await server.connect(ann, { acks: true, query: { device: 'phone' } });
      const { timestamp } = await author.request('new', { chatId: ann, message: 'milk' });

      expect((await phone.event('new')).payload).toStrictEqual({
        chatId: ann,
        sender: ann,
        messageId: 1,
        message: 'milk',
        timestamp,
        missed: 0,
        status: 'undelivered',
      });
      expect(await history(author, ann)).toStrictEqual([
        { messageId: 1, sender: ann, message: 'milk', type: 'new', status: 'read', createdAt: timestamp },
      ]);
      expect(await author.request('chat', { chatId: ann })).toMatchObject({ type: 'favorites', missed: 0 });
      expect(await author.request('read', { chatId: ann })).toStrictEqual({
        chatId: ann,
        messageId: 1,
        timestamp,
        missed: 0,
      });
      await sendText(phone, ann, 'marker');
      expect(await cameBefore(author, 'marker')).toEqual([]);
      expect(author.events('dlvrd', 'read')).toEqual([]);
    });

    it('takes edits, reactions and deletions like any other', async () => {
      const { ann, author } = await connectPair();
      const phone = await server.connect(ann, { acks: true, query: { device: 'phone' } });
      await sendText(author, ann, 'milk');
      await author.request('edit', { chatId: ann, messageId: 1, message: 'bread' });
      await author.request('react', { chatId: ann, messageId: 1, reaction: '👍', adding: true });
      await author.request('delete', { chatId: ann, messageId: 1 });

      expect((await phone.event('edit')).payload).toMatchObject({ chatId: ann, messageId: 1, message: 'bread' });
      expect((await phone.event('react')).payload).toMatchObject({ chatId: ann, reactions: { '👍': 1 } });
      expect((await phone.event('delete')).payload).toMatchObject({ chatId: ann, messageId: 1 });
    });
  });

  describe('to somebody never seen', () => {
    it('waits for that user’s first connection', async () => {
      const { ann, author } = await connectPair();
      const [stranger] = freshUsers('Stranger');
      await sendText(author, stranger, 'welcome');

      const client = await server.connect(stranger);
      expect((await client.event('new')).payload).toMatchObject({ chatId: ann, message: 'welcome', missed: 1 });
    });

    it('is 404 with UNKNOWN_RECIPIENTS=reject, and makes nobody', async () => {
      const strict = await TestServer.start({ UNKNOWN_RECIPIENTS: 'reject' });
      try {
        const author = await strict.connect('Ann');
        await (await strict.connect('Ben')).request('chats', {});

        expect(await author.ask('new', { chatId: 'Zed', message: 'x' })).toMatchObject(failure(404, 'payload.chatId'));
        expect(await author.ask('new', { chatId: 'Zed', message: 'x' })).toMatchObject(failure(404, 'payload.chatId'));
        expect(await author.ask('createChat', { name: 'x', participants: ['Ben', 'Zed'] })).toMatchObject(
          failure(404, 'payload.participants.1'),
        );
        expect(await sendText(author, 'Ben', 'hi')).toBe(1);
      } finally {
        await strict.stop();
      }
    });
  });
});

describe('edit', () => {
  it('is answered with the message and the time, and comes to everybody else as the message is now', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const phone = await server.connect(ann, { acks: true, query: { device: 'phone' } });
    const createdAt = (await author.request('new', { chatId: ben, message: 'old', clientMessageId: 'c1' })).timestamp;
    const answer = await author.ask('edit', { chatId: ben, messageId: 1, message: 'new' });

    expect(answer).toStrictEqual({
      type: 'response',
      id: 'r2',
      timestamp: aTime,
      payloadType: 'edit',
      payload: { messageId: 1, timestamp: aTime, clientMessageId: 'c1' },
    });
    const { timestamp } = answer.payload as { timestamp: number };
    const payload = {
      messageId: 1,
      clientMessageId: 'c1',
      originalMessageId: 1,
      originalClientMessageId: 'c1',
      message: 'new',
      attachments: [],
      timestamp,
    };
    expect(await reader.event('edit')).toStrictEqual({
      type: 'event',
      id: 2,
      timestamp,
      eventType: 'edit',
      payload: { chatId: ann, ...payload },
    });
    expect((await phone.event('edit')).payload).toStrictEqual({ chatId: ben, ...payload });
    expect(await history(reader, ann)).toStrictEqual([
      {
        messageId: 1,
        clientMessageId: 'c1',
        sender: ann,
        message: 'new',
        type: 'new',
        status: 'undelivered',
        createdAt,
        updatedAt: timestamp,
      },
    ]);
    await sendText(reader, ann, 'marker');
    expect(await cameBefore(author, 'marker')).toEqual([]);
  });

  it.each<[string, object]>([
    ['messageId', { messageId: 2 }],
    ['originalMessageId', { originalMessageId: 2 }],
    ['clientMessageId', { clientMessageId: 'c2' }],
    ['originalClientMessageId', { originalClientMessageId: 'c2' }],
    ['all of them', { messageId: 2, originalMessageId: 2, clientMessageId: 'c2', originalClientMessageId: 'c2' }],
  ])('finds the message by %s', async (_name, selector) => {
    const { ben, author } = await connectPair();
    for (const n of [1, 2, 3]) await sendText(author, ben, `text ${n}`, { clientMessageId: `c${n}` });

    expect(await author.request('edit', { chatId: ben, ...selector, message: 'new' })).toMatchObject({
      messageId: 2,
      clientMessageId: 'c2',
    });
    expect((await history(author, ben)).map(({ message }) => message)).toEqual(['text 1', 'new', 'text 3']);
  });

  it('keeps the attachments that it does not name, replaces them, and takes them away', async () => {
    const { ben, author, reader } = await connectPair();
    await author.request('new', { chatId: ben, message: 'a', attachments: [IMAGE] });
    const edit = async (rest: object): Promise<Frame> => {
      await author.request('edit', { chatId: ben, messageId: 1, ...rest });
      return reader.event('edit');
    };

    expect((await edit({ message: 'b' })).payload).toMatchObject({ message: 'b', attachments: [IMAGE] });
    expect((await edit({ message: '', attachments: [FILE] })).payload).toMatchObject({
      message: '',
      attachments: [FILE],
    });
    expect((await edit({ message: 'c', attachments: [] })).payload).toMatchObject({ message: 'c', attachments: [] });
    expect((await history(author, ben))[0]).not.toHaveProperty('attachments');
  });

  it('answers an equal one with the first time, and tells nobody', async () => {
    const { ben, author, reader } = await connectPair();
    await author.request('new', { chatId: ben, message: 'a', attachments: [IMAGE] });
    const first = await author.request('edit', { chatId: ben, messageId: 1, message: 'b' });

    expect(await author.request('edit', { chatId: ben, messageId: 1, message: 'b' })).toStrictEqual(first);
    expect(
      await author.request('edit', { chatId: ben, messageId: 1, message: 'b', attachments: [IMAGE] }),
    ).toStrictEqual(first);
    await sendText(author, ben, 'marker');
    expect(await cameBefore(reader, 'marker')).toEqual(['new', 'edit']);
  });

  it('is the author’s alone', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendText(author, ben, 'mine', { clientMessageId: 'c1' });

    expect(await reader.ask('edit', { chatId: ann, messageId: 1, message: 'x' })).toMatchObject(failure(403));
    expect(await reader.ask('edit', { chatId: ann, clientMessageId: 'c1', message: 'x' })).toMatchObject(failure(403));
    expect((await history(author, ben))[0]).toMatchObject({ message: 'mine' });
  });

  it('is 409 for a deleted message', async () => {
    const { ben, author } = await connectPair();
    await sendText(author, ben, 'gone');
    await author.request('delete', { chatId: ben, messageId: 1 });

    expect(await author.ask('edit', { chatId: ben, messageId: 1, message: 'x' })).toMatchObject(failure(409));
  });

  it('is 400 without a text, and with an empty one that has no attachments beside it', async () => {
    const { ben, author } = await connectPair();
    await sendText(author, ben, 'text');

    for (const payload of [{}, { message: 7 }, { message: '' }, { message: '', attachments: [] }]) {
      expect(await author.ask('edit', { chatId: ben, messageId: 1, ...payload })).toMatchObject(
        failure(400, 'payload.message'),
      );
    }
  });
});

describe('delete', () => {
  it('is answered with the message and the time, and comes to everybody else', async () => {
    const { ann, ben, author, reader } = await connectPair();
    const phone = await server.connect(ann, { acks: true, query: { device: 'phone' } });
    const { timestamp: createdAt } = await author.request('new', {
      chatId: ben,
      message: 'oops',
      clientMessageId: 'c1',
      attachments: [IMAGE],
      forwarded: true,
    });
    await reader.request('react', { chatId: ann, messageId: 1, reaction: '👍', adding: true });
    const answer = await author.ask('delete', { chatId: ben, messageId: 1 });

    expect(answer).toStrictEqual({
      type: 'response',
      id: 'r2',
      timestamp: aTime,
      payloadType: 'delete',
      payload: { messageId: 1, timestamp: aTime, clientMessageId: 'c1' },
    });
    const { timestamp } = answer.payload as { timestamp: number };
    const payload = {
      messageId: 1,
      clientMessageId: 'c1',
      originalMessageId: 1,
      originalClientMessageId: 'c1',
      timestamp,
    };
    expect(await reader.event('delete')).toStrictEqual({
      type: 'event',
      id: 2,
      timestamp,
      eventType: 'delete',
      payload: { chatId: ann, ...payload },
    });
    expect((await phone.event('delete')).payload).toStrictEqual({ chatId: ben, ...payload });
    const gone = { messageId: 1, clientMessageId: 'c1', sender: ann, type: 'new', status: 'deleted', createdAt };
    expect(await history(author, ben)).toStrictEqual([{ ...gone, deletedAt: timestamp }]);
    expect(await history(reader, ann)).toStrictEqual([{ ...gone, deletedAt: timestamp }]);
    await sendText(reader, ann, 'marker');
    expect(await cameBefore(author, 'marker')).toEqual(['react']);
  });

  it('leaves the number taken', async () => {
    const { ben, author } = await connectPair();
    await sendText(author, ben, 'oops');
    await author.request('delete', { chatId: ben, messageId: 1 });

    expect(await sendText(author, ben, 'next')).toBe(2);
  });

  it('answers the second time as the first, and tells nobody', async () => {
    const { ben, author, reader } = await connectPair();
    await sendText(author, ben, 'oops');
    await reader.event('new');
    const first = await author.request('delete', { chatId: ben, messageId: 1 });

    expect(await author.request('delete', { chatId: ben, messageId: 1 })).toStrictEqual(first);
    await sendText(author, ben, 'marker');
    expect(await cameBefore(reader, 'marker')).toEqual(['new', 'delete']);
  });

  it('is the author’s alone in a dialog', async () => {
    const { ann, ben, author, reader } = await connectPair();
    await sendText(author, ben, 'mine');

    expect(await reader.ask('delete', { chatId: ann, messageId: 1 })).toMatchObject(failure(403));
    expect((await history(author, ben))[0]).toMatchObject({ message: 'mine' });
  });
});

describe.each<[string, object]>([
  ['edit', { message: 'x' }],
  ['delete', {}],
])('%s', (payloadType, rest) => {
  it('is 404 for a message that is unknown, also in a dialog that nobody has written in', async () => {
    const { ben, author } = await connectPair();
    const ask = (selector: object): Promise<Frame> => author.ask(payloadType, { chatId: ben, ...selector, ...rest });

    expect(await ask({ messageId: 1 })).toMatchObject(failure(404));
    await sendText(author, ben, 'first');
    expect(await ask({ messageId: 2 })).toMatchObject(failure(404, 'payload.messageId'));
    expect(await ask({ clientMessageId: 'c1' })).toMatchObject(failure(404, 'payload.clientMessageId'));
  });

  it('is 400 where two ids name different messages, and does nothing then', async () => {
    const { ben, author } = await connectPair();
    for (const n of [1, 2]) await sendText(author, ben, `text ${n}`, { clientMessageId: `c${n}` });

    for (const selector of [
      { messageId: 1, originalMessageId: 2 },
      { clientMessageId: 'c1', originalClientMessageId: 'c2' },
      { messageId: 1, clientMessageId: 'c2' },
      { originalMessageId: 1, originalClientMessageId: 'c2' },
    ]) {
      expect(await author.ask(payloadType, { chatId: ben, ...selector, ...rest })).toMatchObject(failure(400));
    }
    expect((await history(author, ben)).map(({ message }) => message)).toEqual(['text 1', 'text 2']);
  });

  it('is 400 where no id is given', async () => {
    const { ben, author } = await connectPair();

    expect(await author.ask(payloadType, { chatId: ben, ...rest })).toMatchObject(failure(400, 'payload.messageId'));
  });
});

describe('what the client adds to a frame', () => {
  it('is ignored where nobody knows it', async () => {
    const { ben, author, reader } = await connectPair();
    author.send({
      type: 'request',
      id: 'r',
      more: 1,
      payloadType: 'new',
      payload: { chatId: ben, message: 'x', colour: 'red', sender: 'Zed', messageId: 9 },
    });

    expect(await author.next(({ id }) => id === 'r')).toHaveProperty('payload.messageId', 1);
    expect((await reader.event('new')).payload).not.toHaveProperty('colour');
  });
});

import { aText, aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeFrame } from '../support/realtime-client.js';

const REALTIME = { protocols: ['realtime.v1'] };
const EXTENDED = { ...REALTIME, query: { extensions: 'true' } };
const TYPES = ['X-Edit', 'X-Delete', 'X-Reactions', 'X-Typing'];

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

const plain = (user: string): Promise<RealtimeClient> => server.connectRealtime(user, REALTIME);
const extended = (user: string, device = ''): Promise<RealtimeClient> =>
  server.connectRealtime(user, device === '' ? EXTENDED : { ...REALTIME, query: { extensions: 'true', device } });

const hasMessage =
  (message: string) =>
  ({ payload }: Record<string, unknown>): boolean =>
    (payload as { message?: string } | undefined)?.message === message;

/** All frames of the extensions that the client got before a message that `author` now writes to it. */
async function toldUntilNow(client: RealtimeClient, author: MessagingClient, user: string): Promise<RealtimeFrame[]> {
  const marker = `marker ${Math.random()}`;
  await author.request('new', { chatId: user, message: marker });
  await client.of('DirectMessage', hasMessage(marker));
  return client.all(...TYPES);
}

interface Dialog {
  readonly ann: string;
  readonly ben: string;
  /** Ann's connections, by dialect. */
  readonly anns: { readonly messaging: MessagingClient; readonly realtime: RealtimeClient };
  readonly bens: {
    readonly messaging: MessagingClient;
    readonly extended: RealtimeClient;
    readonly plain: RealtimeClient;
  };
  /** Of the message that Ann has written, in realtime. */
  readonly messageId: string;
}

/** Ann has written "hello" to Ben, who has it on each of his connections. */
async function newDialog(): Promise<Dialog> {
  const [ann, ben] = freshUsers('Ann', 'Ben');
  const anns = { messaging: await server.connect(ann), realtime: await plain(ann) };
  const bens = { messaging: await server.connect(ben), extended: await extended(ben), plain: await plain(ben) };
  const answer = await anns.realtime.directMessage(ben, { message: 'hello' });
  await Promise.all([
    bens.messaging.event('new'),
    anns.messaging.event('new'),
    bens.extended.of('DirectMessage'),
    bens.plain.of('DirectMessage'),
  ]);
  return { ann, ben, anns, bens, messageId: String(answer.server_message_id) };
}

describe('what is done in the messaging dialect', () => {
  it('shows as X-Edit, X-Reactions and X-Delete with extensions, and not without', async () => {
    const { ann, ben, anns, bens, messageId } = await newDialog();
    const own = await extended(ann);
    const place = { chatId: ben, messageId: 1 };
    // One after the other: who is still catching up would be shown only how the message stands.
    const shown = (type: string) => Promise.all([bens.extended.of(type), own.of(type)]);
    await anns.messaging.request('edit', { ...place, message: 'hello again' });
    await shown('X-Edit');
    await anns.messaging.request('react', { ...place, reaction: '👍', adding: true });
    await shown('X-Reactions');
    await anns.messaging.request('react', { ...place, reaction: '👍', adding: false });
    await shown('X-Reactions');
    await anns.messaging.request('delete', place);
    await shown('X-Delete');

    const what = { message_id: messageId, from_user: ann, metadata: { sent_at: aTime, message_id: messageId } };
    const expected = [
      { type: 'X-Edit', data: { ...what, payload: { message: 'hello again', attachments: [] } } },
      { type: 'X-Reactions', data: { ...what, reaction: '👍', adding: true, reactions: { '👍': 1 } } },
      { type: 'X-Reactions', data: { ...what, reaction: '👍', adding: false, reactions: {} } },
      { type: 'X-Delete', data: what },
    ];
    expect(bens.extended.all(...TYPES)).toEqual(expected);
    expect(own.all(...TYPES)).toEqual(expected.map(({ type, data }) => ({ type, data: { ...data, to_user: ben } })));
    expect(await toldUntilNow(bens.plain, anns.messaging, ben)).toEqual([]);
    expect(anns.realtime.all(...TYPES)).toEqual([]);
  });

  it('shows as X-Typing with extensions, and not without', async () => {
    const { ann, ben, anns, bens } = await newDialog();
    const own = await extended(ann);
    anns.messaging.tell('typing', { chatId: ben });
    anns.messaging.tell('typing', { chatId: ben, stop: true });
    expect([await bens.extended.of('X-Typing'), await bens.extended.of('X-Typing')]).toEqual([
      { type: 'X-Typing', data: { from_user: ann } },
      { type: 'X-Typing', data: { from_user: ann, stop: true } },
    ]);
    expect(await toldUntilNow(bens.plain, anns.messaging, ben)).toEqual([]);
    await own.settled();
    expect(own.all('X-Typing')).toEqual([]);
  });

  it('shows one’s own messages with to_user, with extensions only', async () => {
    const { ann, ben, anns } = await newDialog();
    const own = await extended(ann, 'laptop');
    // What a device has not seen of one's own before it came is not news.
    const fromRealtime = await anns.realtime.directMessage(ben, { message: 'from realtime', more: 1 });
    await anns.messaging.request('new', { chatId: ben, message: 'from messaging' });
    await own.of('DirectMessage', hasMessage('from messaging'));
    expect(own.all('DirectMessage').slice(-2)).toEqual([
      {
        type: 'DirectMessage',
        data: {
          from_user: ann,
          to_user: ben,
          payload: { message: 'from realtime', more: 1 },
          metadata: { sent_at: aTime, message_id: fromRealtime.server_message_id },
        },
      },
      {
        type: 'DirectMessage',
        data: {
          from_user: ann,
          to_user: ben,
          payload: { message: 'from messaging', attachments: [] },
          metadata: { sent_at: aTime, message_id: aText },
        },
      },
    ]);
    await anns.realtime.settled();
    expect(anns.realtime.all('DirectMessage')).toEqual([]);
  });

  it('shows what one writes to oneself, with extensions and without', async () => {
    const [ann] = freshUsers('Ann');
    const writer = await server.connect(ann);
    const [one, other] = [await plain(ann), await extended(ann)];
    await writer.request('new', { chatId: ann, message: 'note' });
    expect((await one.of('DirectMessage')).data).toMatchObject({ from_user: ann, payload: { message: 'note' } });
    expect((await other.of('DirectMessage')).data).toMatchObject({ from_user: ann, to_user: ann });
  });
});

describe('what is done in the realtime dialect', () => {
  it('is an edit there, and on the author’s other devices', async () => {
    const { ann, ben, anns, bens, messageId } = await newDialog();
    const file = { type: 'file', id: 'f1', filename: 'a.txt', url: 'https://example.com/a.txt' };
    const payload = { message: 'better', attachments: [file], own: { more: 1 } };
    expect(await anns.realtime.request('X-Edit', { message_id: messageId, payload })).toEqual({
      message_id: aText,
      status: 'ok',
    });
    for (const [client, chatId] of [[bens.messaging, ann] as const, [anns.messaging, ben] as const]) {
      expect((await client.event('edit')).payload).toMatchObject({
        chatId,
        messageId: 1,
        originalMessageId: 1,
        message: 'better',
        attachments: [file],
      });
    }
    expect((await bens.extended.of('X-Edit')).data).toEqual({
      message_id: messageId,
      from_user: ann,
      payload,
      metadata: { sent_at: aTime, message_id: messageId },
    });
  });

  it('is a react there', async () => {
    const { ann, ben, anns, bens, messageId } = await newDialog();
    const reaction = { message_id: messageId, reaction: '👍' };
    const added = await bens.extended.request('X-Reactions', { ...reaction, adding: true });
    expect(added).toMatchObject({ status: 'ok', reactions: { '👍': 1 } });
    expect((await anns.messaging.event('react')).payload).toMatchObject({
      chatId: ben,
      messageId: 1,
      userId: ben,
      reaction: '👍',
      adding: true,
      reactions: { '👍': 1 },
    });
    // Once more changes nothing and is told to nobody.
    expect((await bens.extended.request('X-Reactions', { ...reaction, adding: true })).reactions).toEqual({ '👍': 1 });
    await bens.plain.request('X-Reactions', { ...reaction, adding: false });
    expect((await anns.messaging.event('react')).payload).toMatchObject({ adding: false, reactions: {} });
    expect((await bens.extended.of('X-Reactions')).data).toMatchObject({ from_user: ben, to_user: ann, adding: false });
    expect(bens.extended.all('X-Reactions')).toHaveLength(1);
  });

  it('is a delete there, told once however often it is asked', async () => {
    const { ann, anns, bens, messageId } = await newDialog();
    await anns.realtime.request('X-Delete', { message_id: messageId });
    await anns.realtime.request('X-Delete', { message_id: messageId });
    expect((await bens.messaging.event('delete')).payload).toMatchObject({ chatId: ann, messageId: 1 });
    await anns.messaging.event('delete');
    const { messages } = await bens.messaging.request<{ messages: object[] }>('messages', { chatId: ann });
    expect(messages).toMatchObject([{ messageId: 1, status: 'deleted' }]);
    expect([bens.messaging.events('delete').length, bens.extended.all('X-Delete').length]).toEqual([1, 1]);
  });

  it('is typing there, not for oneself', async () => {
    const { ann, ben, anns, bens } = await newDialog();
    expect(await anns.realtime.request('X-Typing', { target_user: ben })).toMatchObject({ status: 'ok' });
    expect((await bens.messaging.event('typing')).payload).toEqual({ userId: ann, chatId: ann });
    await anns.realtime.request('X-Typing', { target_user: ben, stop: true });
    expect((await bens.messaging.event('typing')).payload).toEqual({ userId: ann, chatId: ann, stop: true });
    await anns.messaging.settled();
    expect(anns.messaging.events('typing')).toEqual([]);
  });

  it('is typing before anybody has written anything', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [here, there] = [await plain(ann), await extended(ben)];
    await here.request('X-Typing', { target_user: ben });
    expect((await there.of('X-Typing')).data).toEqual({ from_user: ann });
  });

  it('takes effect in the order sent, without waiting for answers', async () => {
    const { anns, bens, messageId } = await newDialog();
    const texts = Array.from({ length: 20 }, (_, index) => `edit ${index}`);
    for (const message of texts) {
      anns.realtime.send({ type: 'X-Edit', data: { message_id: messageId, payload: { message } } });
    }
    await bens.messaging.event('edit', ({ message }) => message === 'edit 19');
    const told = bens.messaging.events('edit').map(({ payload }) => payload?.message);
    expect(told).toEqual(texts.filter((text) => told.includes(text)));
  });

  it('may stand in a batch', async () => {
    const { anns, bens, messageId } = await newDialog();
    anns.realtime.send([
      { type: 'X-Edit', data: { message_id: messageId, payload: { message: 'in a batch' } }, id: 'b1' },
      { type: 'X-Delete', data: { message_id: messageId }, id: 'b2' },
      { type: 'X-Reactions', data: { message_id: messageId, reaction: '👍', adding: true }, id: 'b3' },
    ]);
    expect([
      await anns.realtime.answer('b1'),
      await anns.realtime.answer('b2'),
      await anns.realtime.answer('b3'),
    ]).toMatchObject([{ type: 'Ack' }, { type: 'Ack' }, { type: 'Error', data: { code: 409 } }]);
    await bens.messaging.event('delete');
  });
});

describe('a group', () => {
  it('is changed under its topic, for members who are subscribed with extensions', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const owner = await server.connect(ann);
    const { chatId } = await owner.request<{ chatId: string }>('createChat', {
      name: 'Lunch',
      participants: [ben, cleo],
    });
    const topic = `chat.${chatId}`;
    const [bens, cleos, unsubscribed] = [await extended(ben), await plain(cleo), await extended(cleo, 'laptop')];
    await Promise.all([bens.subscribe(topic), cleos.subscribe(topic)]);
    const { server_message_id: id } = await cleos.broadcast(topic, { message: 'pizza?' });
    await bens.of('Broadcast');

    // Its author edits it, its owner deletes it, others do neither.
    await cleos.request('X-Edit', { message_id: id, payload: { message: 'pasta?' } });
    const metadata = { sent_at: aTime, message_id: id };
    const what = { message_id: id, topic, metadata };
    expect((await bens.of('X-Edit')).data).toEqual({ ...what, from_user: cleo, payload: { message: 'pasta?' } });
    for (const type of ['X-Edit', 'X-Delete']) {
      expect((await bens.ask(type, { message_id: id, payload: {} })).data).toMatchObject({ code: 403 });
    }
    await bens.request('X-Reactions', { message_id: id, reaction: '🍝', adding: true });
    expect((await owner.event('react')).payload).toMatchObject({ chatId, messageId: 1, userId: ben, reaction: '🍝' });
    await cleos.request('X-Typing', { topic });
    expect((await bens.of('X-Typing')).data).toEqual({ topic, from_user: cleo });
    expect((await owner.event('typing')).payload).toEqual({ userId: cleo, chatId });
    owner.tell('typing', { chatId });
    expect((await bens.of('X-Typing')).data).toEqual({ topic, from_user: ann });
    await owner.request('delete', { chatId, messageId: 1 });
    expect((await bens.of('X-Delete')).data).toEqual({ ...what, from_user: ann });

    await owner.request('new', { chatId, message: 'marker' });
    await cleos.of('Broadcast', hasMessage('marker'));
    await owner.request('new', { chatId: cleo, message: 'marker for the laptop' });
    await unsubscribed.of('DirectMessage', hasMessage('marker for the laptop'));
    expect([...cleos.all(...TYPES), ...unsubscribed.all(...TYPES)]).toEqual([]);
  });

  it('is none of a stranger’s: everything is 404', async () => {
    const [ann, stranger] = freshUsers('Ann', 'Stranger');
    const owner = await server.connect(ann);
    const { chatId } = await owner.request<{ chatId: string }>('createChat', { name: 'Lunch', participants: [] });
    const here = await plain(ann);
    const { server_message_id: id } = await here.broadcast(`chat.${chatId}`, { message: 'pizza?' });
    const outside = await plain(stranger);
    const tries = [
      await outside.ask('X-Edit', { message_id: id, payload: { message: 'mine' } }),
      await outside.ask('X-Delete', { message_id: id }),
      await outside.ask('X-Reactions', { message_id: id, reaction: '👍', adding: true }),
      await outside.ask('X-Typing', { topic: `chat.${chatId}` }),
    ];
    expect(tries.map(({ data }) => [data.code, (data.details as { field?: string }).field])).toEqual([
      [404, 'data.message_id'],
      [404, 'data.message_id'],
      [404, 'data.message_id'],
      [404, 'data.topic'],
    ]);
  });
});

describe('what may not be done', () => {
  it('is 403 for an edit or a deletion of another’s message', async () => {
    const { bens, messageId } = await newDialog();
    for (const type of ['X-Edit', 'X-Delete']) {
      const answer = await bens.plain.ask(type, { message_id: messageId, payload: { message: 'mine' } });
      expect(answer.data).toMatchObject({ code: 403, details: { field: 'data.message_id' } });
    }
  });

  it('is 409 for an edit of or a reaction to a deleted message', async () => {
    const { anns, bens, messageId } = await newDialog();
    await anns.realtime.request('X-Delete', { message_id: messageId });
    expect(
      (await anns.realtime.ask('X-Edit', { message_id: messageId, payload: { message: 'back' } })).data,
    ).toMatchObject({
      code: 409,
      details: { field: 'data.message_id' },
    });
    const reaction = { message_id: messageId, reaction: '👍', adding: true };
    expect((await bens.plain.ask('X-Reactions', reaction)).data).toMatchObject({ code: 409 });
  });

  it('is 409 for the 51st kind of reaction', async () => {
    const { bens, messageId } = await newDialog();
    const react = (kind: number): Promise<RealtimeFrame> =>
      bens.plain.ask('X-Reactions', { message_id: messageId, reaction: `r${kind}`, adding: true });
    const first = await Promise.all(Array.from({ length: 50 }, (_, kind) => react(kind)));
    expect(first.every(({ type }) => type === 'Ack')).toBe(true);
    expect((await react(50)).data).toMatchObject({ code: 409 });
  });

  it('is 404 for a message that is not there, or none of one’s own chats', async () => {
    const { messageId } = await newDialog();
    const [stranger] = freshUsers('Stranger');
    const client = await plain(stranger);
    const { server_message_id: ofTopic } = await client.broadcast('news', 'hello');
    const ids = [messageId, messageId.replace('dm', 'broadcast'), 'dm_999999999', 'dm_0', 'nonsense', ofTopic];
    for (const id of ids) {
      for (const type of ['X-Edit', 'X-Delete', 'X-Reactions']) {
        const answer = await client.ask(type, { message_id: id, payload: {}, reaction: '👍', adding: true });
        expect([id, answer.data]).toMatchObject([id, { code: 404, details: { field: 'data.message_id' } }]);
      }
    }
  });

  it('is 404 for typing on a topic that is no group’s', async () => {
    const [ann] = freshUsers('Ann');
    const client = await plain(ann);
    for (const topic of ['news', `chat.g_${'A'.repeat(22)}`, 'not a topic']) {
      expect((await client.ask('X-Typing', { topic })).data).toMatchObject({
        code: 404,
        details: { field: 'data.topic' },
      });
    }
  });

  const faulty: readonly (readonly [string, string, object])[] = [
    ['X-Edit', 'data.message_id', { payload: {} }],
    ['X-Edit', 'data.message_id', { message_id: 1, payload: {} }],
    ['X-Edit', 'data.payload', { message_id: 'dm_1' }],
    ['X-Delete', 'data.message_id', {}],
    ['X-Delete', 'data.message_id', { message_id: '' }],
    ['X-Reactions', 'data.reaction', { message_id: 'dm_1', adding: true }],
    ['X-Reactions', 'data.reaction', { message_id: 'dm_1', reaction: '', adding: true }],
    ['X-Reactions', 'data.reaction', { message_id: 'dm_1', reaction: 'x'.repeat(65), adding: true }],
    ['X-Reactions', 'data.adding', { message_id: 'dm_1', reaction: '👍' }],
    ['X-Reactions', 'data.adding', { message_id: 'dm_1', reaction: '👍', adding: 'yes' }],
    ['X-Typing', 'data.topic', {}],
    ['X-Typing', 'data.topic', { topic: 1 }],
    ['X-Typing', 'data.target_user', { target_user: 1 }],
    ['X-Typing', 'data.target_user', { target_user: 'Ben', topic: `chat.g_${'A'.repeat(22)}` }],
    ['X-Typing', 'data.stop', { target_user: 'Ben', stop: 1 }],
  ];

  it.each(faulty)('is an Error 400 for %s at %s: %j', async (type, field, data) => {
    const [ann] = freshUsers('Ann');
    const client = await plain(ann);
    expect((await client.ask(type, data)).data).toMatchObject({ code: 400, details: { field, message_id: 'm1' } });
  });

  it('is 413 for a text over MAX_MESSAGE_BYTES', async () => {
    const { anns, messageId } = await newDialog();
    const payload = { message: 'x'.repeat(65_537) };
    expect((await anns.realtime.ask('X-Edit', { message_id: messageId, payload })).data).toMatchObject({
      code: 413,
      details: { field: 'data.payload.message' },
    });
  });
});

describe('whoever was away', () => {
  /** Ben's laptop has "hello" of Ann's, for sure, and is gone. */
  async function left(options: object): Promise<{ ann: string; ben: string; here: RealtimeClient; id: unknown }> {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const here = await plain(ann);
    const watcher = await server.connect(ann);
    const laptop = await server.connectRealtime(ben, options);
    const { server_message_id: id } = await here.directMessage(ben, { message: 'hello' });
    // The mark says that the pong was taken.
    await watcher.event('dlvrd');
    await laptop.close();
    return { ann, ben, here, id };
  }

  it('learns of edits, reactions and deletions of what it has, with extensions', async () => {
    const options = { ...REALTIME, query: { extensions: 'true', device: 'laptop' } };
    const { ben, here, id } = await left(options);
    const { server_message_id: second } = await here.directMessage(ben, { message: 'second' });
    await here.request('X-Edit', { message_id: id, payload: { message: 'edited' } });
    await here.request('X-Edit', { message_id: second, payload: { message: 'second, edited' } });
    const back = await server.connectRealtime(ben, options);
    // What it never had comes once, as it is now.
    await back.of('DirectMessage', hasMessage('second, edited'));
    expect((await back.of('X-Edit')).data).toMatchObject({ message_id: id, payload: { message: 'edited' } });
    await here.request('X-Delete', { message_id: id });
    expect((await back.of('X-Delete')).data).toMatchObject({ message_id: id });
    expect([back.all('DirectMessage').length, back.all('X-Edit').length]).toEqual([1, 1]);
  });

  it('gets the deletion of what was deleted meanwhile, with extensions', async () => {
    const options = { ...REALTIME, query: { extensions: 'true', device: 'laptop' } };
    const { ben, here, id } = await left(options);
    await here.request('X-Delete', { message_id: id });
    const back = await server.connectRealtime(ben, options);
    expect((await back.of('X-Delete')).data).toMatchObject({ message_id: id });
    expect(back.all('DirectMessage')).toEqual([]);
  });

  it('hears nothing of it without extensions, and gets what it missed as it is now', async () => {
    const options = { ...REALTIME, query: { device: 'laptop' } };
    const { ben, here, id } = await left(options);
    const { server_message_id: second } = await here.directMessage(ben, { message: 'second', more: 1 });
    const { server_message_id: third } = await here.directMessage(ben, { message: 'third' });
    await here.request('X-Edit', { message_id: id, payload: { message: 'edited' } });
    await here.request('X-Edit', { message_id: second, payload: { message: 'second, edited' } });
    await here.request('X-Delete', { message_id: third });
    await here.directMessage(ben, { message: 'marker' });
    const back = await server.connectRealtime(ben, options);
    await back.of('DirectMessage', hasMessage('marker'));
    expect(back.all('DirectMessage', ...TYPES).map(({ data }) => data.payload)).toEqual([
      { message: 'second, edited' },
      { message: 'marker' },
    ]);
  });

  it('gets the text alone where a payload’s text was edited in the messaging dialect', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [here, elsewhere] = [await plain(ann), await server.connect(ann)];
    await here.directMessage(ben, { message: 'hello', more: 1 });
    await elsewhere.request('edit', { chatId: ben, messageId: 1, message: 'edited' });
    const there = await plain(ben);
    expect((await there.of('DirectMessage')).data.payload).toEqual({ message: 'edited', attachments: [] });
  });
});

describe('?extensions', () => {
  it.each(['false', '1', ''])('is not asked for by %j', async (value) => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await server.connect(ann);
    const there = await server.connectRealtime(ben, { ...REALTIME, query: { extensions: value } });
    await author.request('new', { chatId: ben, message: 'hello' });
    await author.request('edit', { chatId: ben, messageId: 1, message: 'edited' });
    expect(await toldUntilNow(there, author, ben)).toEqual([]);
  });
});

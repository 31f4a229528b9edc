import { eventsUntilNow, newPair, type Pair } from '../support/cast.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { Frame, MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

const MAX_KINDS = 50;

let server: TestServer;
let pair: Pair;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(async () => {
  await server.stop();
});

/** Each test begins with one message of the author's. */
beforeEach(async () => {
  pair = await newPair(server);
  await pair.here.request('new', { chatId: pair.reader, message: 'x', clientMessageId: 'c' });
});

/** How one of the two reacts, by default the reader. */
function react(reaction: string, adding = true, by: 'author' | 'reader' = 'reader'): Promise<Frame> {
  const [client, chatId] = by === 'reader' ? [pair.there, pair.author] : [pair.here, pair.reader];
  return client.ask('react', { chatId, messageId: 1, reaction, adding });
}

const counts = async (...asked: Parameters<typeof react>): Promise<unknown> => {
  return (await react(...asked)).payload?.reactions;
};

const reacted = (frames: readonly Frame[]): unknown[] =>
  frames
    .filter(({ eventType }) => eventType === 'react')
    .map(({ payload }) => [payload?.userId, payload?.reaction, payload?.adding, payload?.reactions]);

async function stored(client: MessagingClient, chatId: string): Promise<Record<string, unknown>> {
  const { messages } = await client.request<{ messages: Record<string, unknown>[] }>('messages', {
    chatId,
    startId: 1,
  });
  return messages[0] ?? {};
}

describe('react', () => {
  it('answers with the counts, and tells the other one and one’s own other devices', async () => {
    const { author, reader, here } = pair;
    const other = await server.connect(reader, { query: { device: 'other' } });
    await other.event('new');
    expect(await react('👍')).toEqual({
      type: 'response',
      id: 'r1',
      timestamp: aTime,
      payloadType: 'react',
      payload: { reactions: { '👍': 1 } },
    });

    const told = await here.event('react');
    const { timestamp } = told;
    const payload = { messageId: 1, clientMessageId: 'c', userId: reader, reaction: '👍', adding: true };
    expect(told).toEqual({
      type: 'event',
      id: 1,
      timestamp: aTime,
      eventType: 'react',
      payload: { chatId: reader, ...payload, reactions: { '👍': 1 }, timestamp },
    });
    expect(await other.event('react')).toEqual({
      type: 'event',
      id: 2,
      timestamp,
      eventType: 'react',
      payload: { chatId: author, ...payload, reactions: { '👍': 1 }, timestamp },
    });
    expect(reacted(await eventsUntilNow(pair.there, here, reader))).toEqual([]);
  });

  it('counts each user once a kind; several kinds of one user stand beside each other', async () => {
    const { author, reader, here, there } = pair;
    await there.event('new');
    expect(await counts('👍')).toEqual({ '👍': 1 });
    expect(await counts('👍', true, 'author')).toEqual({ '👍': 2 });
    expect(await counts('❤️')).toEqual({ '👍': 2, '❤️': 1 });
    expect(await counts('👍', false)).toEqual({ '👍': 1, '❤️': 1 });

    expect((await stored(here, reader)).reactions).toEqual({ '👍': 1, '❤️': 1 });
    expect((await stored(there, author)).reactions).toEqual({ '👍': 1, '❤️': 1 });
    expect(reacted(await eventsUntilNow(here, there, author))).toEqual([
      [reader, '👍', true, { '👍': 1 }],
      [reader, '❤️', true, { '👍': 2, '❤️': 1 }],
      [reader, '👍', false, { '👍': 1, '❤️': 1 }],
    ]);
    expect(reacted(there.frames)).toEqual([[author, '👍', true, { '👍': 2 }]]);
  });

  it('with the last one taken back leaves {}, and none in the history', async () => {
    const { reader, here, there } = pair;
    await react('👍');
    expect(await counts('👍', false)).toEqual({});

    expect(reacted(await eventsUntilNow(here, there, pair.author))).toEqual([
      [reader, '👍', true, { '👍': 1 }],
      [reader, '👍', false, {}],
    ]);
    expect(await stored(here, reader)).not.toHaveProperty('reactions');
  });

  it('answers a repetition as the first time and tells nobody', async () => {
    const { author, reader, here, there } = pair;
    expect(await counts('👍')).toEqual({ '👍': 1 });
    expect(await counts('👍')).toEqual({ '👍': 1 });
    expect(await counts('never there', false)).toEqual({ '👍': 1 });
    expect(await counts('👍', false)).toEqual({});
    expect(await counts('👍', false)).toEqual({});

    expect(reacted(await eventsUntilNow(here, there, author))).toEqual([
      [reader, '👍', true, { '👍': 1 }],
      [reader, '👍', false, {}],
    ]);
  });

  it('takes anything of 1 to 64 bytes of UTF-8, also what objects have by themselves', async () => {
    const reactions = ['__proto__', 'constructor', '7', 'x'.repeat(64), '👍'.repeat(16), '"\\'];
    for (const reaction of reactions) await react(reaction);

    const { reactions: kept } = await stored(pair.here, pair.reader);
    expect(Object.entries(kept ?? {}).sort()).toEqual(reactions.map((reaction) => [reaction, 1]).sort());
    for (const reaction of ['', 'x'.repeat(65), '👍'.repeat(17)]) {
      expect(await react(reaction)).toMatchObject({ error: { code: 400, details: { field: 'payload.reaction' } } });
    }
  });

  it('takes 50 kinds a message: one more is 409, one of those is not', async () => {
    for (let kind = 1; kind <= MAX_KINDS; kind += 1) {
      expect(await react(`kind ${kind}`, true, kind % 2 === 0 ? 'author' : 'reader')).toHaveProperty('payload');
    }
    expect(await react('another kind')).toMatchObject({ error: { code: 409 } });
    expect(await react('another kind', true, 'author')).toMatchObject({ error: { code: 409 } });
    expect(await react('kind 2')).toMatchObject({ payload: { reactions: { 'kind 2': 2 } } });

    await react('kind 1', false);
    expect(await react('another kind')).toMatchObject({ payload: { reactions: { 'another kind': 1 } } });
    expect(Object.keys((await stored(pair.here, pair.reader)).reactions ?? {})).toHaveLength(MAX_KINDS);
  });

  it('to a deleted message is 409, adding or not', async () => {
    await react('👍');
    await pair.here.request('delete', { chatId: pair.reader, messageId: 1 });

    for (const adding of [true, false]) {
      expect(await react('👍', adding)).toMatchObject({ error: { code: 409 } });
      expect(await react('❤️', adding, 'author')).toMatchObject({ error: { code: 409 } });
    }
  });

  it('to an unknown message or chat is 404', async () => {
    const reaction = { reaction: '👍', adding: true };
    for (const [chatId, messageId] of [
      [pair.author, 2],
      [freshUsers('Stranger')[0], 1],
      ['g_0123456789abcdefghijkl', 1],
    ]) {
      expect(await pair.there.ask('react', { chatId, messageId, ...reaction })).toMatchObject({ error: { code: 404 } });
    }
  });

  it('of many at the same time counts each', async () => {
    const { author, reader, here, there } = pair;
    const kinds = Array.from({ length: 10 }, (_, kind) => `kind ${kind}`);
    await Promise.all(kinds.flatMap((kind) => [react(kind), react(kind, true, 'author')]));

    const expected = Object.fromEntries(kinds.map((kind) => [kind, 2]));
    expect((await stored(here, reader)).reactions).toEqual(expected);
    expect((await stored(there, author)).reactions).toEqual(expected);
  });

  it('is told in new to whoever was away', async () => {
    const { reader, here, there } = pair;
    await there.close();
    await here.request('react', { chatId: reader, messageId: 1, reaction: '👍', adding: true });

    const back = await server.connect(reader);
    expect((await back.event('new')).payload).toMatchObject({ messageId: 1, reactions: { '👍': 1 } });
  });
});

import type { ConcordChat, ConcordClient, ConcordFrame } from '../support/concord-client.js';
import { eventually } from '../support/eventually.js';
import type { JsonObject } from '../support/fixtures.js';
import { type ConcordChannel, freshChannel } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';

const MAX_MESSAGE_BYTES = 1_024;

const anError = (code: number, field: string): object => ({
  ...{ type: 'error', code, message: expect.any(String) as string, details: { field } },
});

describe('a wrong frame in concord', () => {
  let server: TestServer;
  let client: ConcordClient;
  let watcher: ConcordClient;
  let channel: ConcordChannel;
  let chat: ConcordChat;

  beforeAll(async () => {
    server = await TestServer.start({ MAX_MESSAGE_BYTES: String(MAX_MESSAGE_BYTES) });
  });

  beforeEach(async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    channel = await freshChannel(server);
    client = await server.connectConcord(ann);
    watcher = await server.connectConcord(ben);
    chat = await client.writes(channel.id, 'the first');
    await watcher.chat(({ id }) => id === chat.id);
  });

  afterEach(async () => {
    await Promise.all([client.close(), watcher.close()]);
  });

  afterAll(() => server.stop());

  /** Nothing has happened, and the connection is as good as before. */
  async function expectNothingDone(): Promise<void> {
    const after = await client.writes(channel.id, 'the last');
    await watcher.chat(({ id }) => id === after.id);
    expect(watcher.all('chat_sent').map((frame) => (frame.chat as ConcordChat).id)).toEqual([chat.id, after.id]);
    expect(watcher.all('chat_reactions_updated', 'chat_typing')).toEqual([]);
    expect(client.all('error')).toHaveLength(1);
  }

  const chatWritten = (more: JsonObject): string =>
    JSON.stringify({ type: 'chat_written', channelId: channel.id, threadId: null, content: 'wrong', ...more });

  describe('as a whole', () => {
    it.each<[string, () => string | Buffer, string]>([
      ['not JSON', () => '{"type":"chat_written"', 'frame'],
      ['empty', () => '', 'frame'],
      ['the text ping', () => 'ping', 'frame'],
      ['binary', () => Buffer.from(chatWritten({})), 'frame'],
      ['an array', () => `[${chatWritten({})}]`, 'type'],
      ['a number', () => '5', 'type'],
      ['null', () => 'null', 'type'],
      ['without a type', () => JSON.stringify({ channelId: channel.id, content: 'wrong' }), 'type'],
      ['of a type that is no string', () => chatWritten({ type: 1 }), 'type'],
      ['of a type that nobody knows', () => chatWritten({ type: 'chat_shouted' }), 'type'],
      ["of one of the server's types", () => chatWritten({ type: 'chat_sent' }), 'type'],
      ["one of messaging's requests", () => chatWritten({ type: 'request', id: 'r1', payloadType: 'chats' }), 'type'],
      ["one of messaging's acks", () => '{"type":"ack","id":1}', 'type'],
      ["one of realtime's", () => '{"type":"Ping","data":{"timestamp":1}}', 'type'],
      ["one of realtime's own types", () => '{"type":"X-Hi","data":{"topic":"chat.general"}}', 'type'],
    ])('that is %s is an error 400', async (_what, frame, field) => {
      client.send(frame());
      expect(await client.error()).toEqual(anError(400, field));
      await expectNothingDone();
    });

    it('that is not UTF-8 is an error 400', async () => {
      client.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
      expect(await client.error()).toEqual(anError(400, 'frame'));
      await expectNothingDone();
    });

    it('over MAX_FRAME_BYTES closes with 1009', async () => {
      client.send(chatWritten({ content: 'x'.repeat(1_100_000) }));
      expect(await client.closed).toMatchObject({ code: 1009 });
    });
  });

  describe('in a field', () => {
    it.each<[string, JsonObject, string]>([
      ['no channelId', { channelId: undefined }, 'channelId'],
      ['the channelId null', { channelId: null }, 'channelId'],
      ['a text for a channelId', { channelId: '1' }, 'channelId'],
      ['a fraction for a channelId', { channelId: 1.5 }, 'channelId'],
      ['a negative channelId', { channelId: -1 }, 'channelId'],
      ['a channelId from 2^53 on', { channelId: 2 ** 53 }, 'channelId'],
      ['a text for a threadId', { threadId: '1' }, 'threadId'],
      ['a fraction for a threadId', { threadId: 0.5 }, 'threadId'],
      ['an object for a threadId', { threadId: {} }, 'threadId'],
      ['no content', { content: undefined }, 'content'],
      ['the content null', { content: null }, 'content'],
      ['a number for content', { content: 7 }, 'content'],
      ['an array for content', { content: ['wrong'] }, 'content'],
      ['no character in content', { content: '' }, 'content'],
      ['U+0000 in content', { content: 'a\u0000b' }, 'content'],
      ['half of a pair in content', { content: 'a\ud83d' }, 'content'],
      ['two faults, of which the first is named', { channelId: 'x', content: 7 }, 'channelId'],
    ])('of chat_written is an error 400: %s', async (_what, more, field) => {
      client.send(chatWritten(more));
      expect(await client.error()).toEqual(anError(400, field));
      await expectNothingDone();
    });

    it.each<[string, JsonObject, string]>([
      ['no chatId', { chatId: undefined }, 'chatId'],
      ['a text for a chatId', { chatId: '1' }, 'chatId'],
      ['no reaction', { reaction: undefined }, 'reaction'],
      ['a reaction of 0 bytes', { reaction: '' }, 'reaction'],
      ['a reaction of 65 bytes', { reaction: `${'😂'.repeat(16)}!` }, 'reaction'],
      ['a number for a reaction', { reaction: 1 }, 'reaction'],
      ['no adding', { adding: undefined }, 'adding'],
      ['a text for adding', { adding: 'true' }, 'adding'],
      ['adding null', { adding: null }, 'adding'],
    ])('of chat_reaction is an error 400: %s', async (_what, more, field) => {
      client.send({ type: 'chat_reaction', chatId: chat.id, reaction: '😂', adding: true, ...more });
      expect(await client.error()).toEqual(anError(400, field));
      await expectNothingDone();
    });

    it.each<[string, JsonObject, string]>([
      ['no channelId', { channelId: undefined }, 'channelId'],
      ['a text for a channelId', { channelId: 'general' }, 'channelId'],
      ['a text for a threadId', { threadId: '1' }, 'threadId'],
    ])('of chat_typing is an error 400: %s', async (_what, more, field) => {
      client.send({ type: 'chat_typing', channelId: channel.id, threadId: null, sentAt: 1, ...more });
      expect(await client.error()).toEqual(anError(400, field));
      await expectNothingDone();
    });
  });

  describe('over REST', () => {
    it.each<[string, JsonObject, number, string]>([
      ['no content', { content: undefined }, 400, 'content'],
      ['no character in content', { content: '' }, 400, 'content'],
      ['a text for a threadId', { threadId: '1' }, 400, 'threadId'],
      ['an unknown thread', { threadId: 2 ** 40 }, 404, 'threadId'],
      ['content that is too large', { content: 'x'.repeat(MAX_MESSAGE_BYTES + 1) }, 413, 'content'],
    ])('has the same code and field: %s', async (_what, more, code, field) => {
      const answer = await server.rest('Ann').post(`/channels/${channel.id}/chats`, { content: 'wrong', ...more });
      expect(answer).toEqual({
        status: code,
        body: { code, message: expect.any(String) as string, details: { field } },
      });
    });

    it.each(['', `${'😂'.repeat(16)}!`])('the reaction %j is 400 too', async (reaction) => {
      const answer = await server.rest('Ann').post(`/chats/${chat.id}/reactions`, { reaction, adding: true });
      expect(answer).toMatchObject({ status: 400, body: { details: { field: 'reaction' } } });
    });
  });

  describe('of content', () => {
    it('over MAX_MESSAGE_BYTES of UTF-8 is an error 413', async () => {
      client.send(chatWritten({ content: `${'é'.repeat(MAX_MESSAGE_BYTES / 2)}!` }));
      expect(await client.error()).toEqual(anError(413, 'content'));
      await expectNothingDone();
    });

    it('up to that is none', async () => {
      const content = 'é'.repeat(MAX_MESSAGE_BYTES / 2);
      client.send(chatWritten({ content }));
      expect(await watcher.chat((sent) => sent.id !== chat.id)).toMatchObject({ content });
      expect(client.all('error')).toEqual([]);
    });
  });
});

describe('too many frames in concord', () => {
  let server: TestServer;

  beforeEach(async () => {
    // A burst of ten, and so slow to refill that a test is over before.
    server = await TestServer.start({ RATE_LIMIT_FRAMES: '5' });
  });

  afterEach(() => server.stop());

  const contents = (count: number): string[] => Array.from({ length: count }, (_, index) => `chat ${index}`);

  const answersOf = (client: ConcordClient): ConcordFrame[] => client.all('chat_sent', 'error');

  it('are each an error 429 that says how long to wait, and are not processed', async () => {
    const channel = await freshChannel(server);
    const [client, watcher] = [await server.connectConcord('Ann'), await server.connectConcord('Ben')];
    for (const content of contents(20)) client.write(channel.id, content);
    await client.until(() => (answersOf(client).length === 20 ? true : undefined), '20 answers');
    const refusals = client.all('error');
    expect(refusals.length).toBeGreaterThan(5);
    for (const refusal of refusals) {
      const { retryAfterMs } = refusal.details as { retryAfterMs: number };
      expect(refusal).toEqual({
        ...{ type: 'error', code: 429, message: expect.any(String) as string, details: { retryAfterMs } },
      });
      expect(Number.isInteger(retryAfterMs)).toBe(true);
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(200);
    }
    const taken = client.all('chat_sent').map(({ chat }) => (chat as ConcordChat).content);
    expect(taken.slice(0, 10)).toEqual(contents(10));
    await watcher.chat(({ content }) => content === taken.at(-1));
    expect(watcher.all('chat_sent').map(({ chat }) => (chat as ConcordChat).content)).toEqual(taken);
  });

  it('are taken when they are repeated later', async () => {
    const channel = await freshChannel(server);
    const client = await server.connectConcord('Ann');
    for (const content of contents(20)) client.write(channel.id, content);
    await client.error();
    await eventually(() => {
      client.write(channel.id, 'again');
      return client.all('chat_sent').find(({ chat }) => (chat as ConcordChat).content === 'again');
    }, 'a chat that is taken');
  });

  it('are counted for the user, over its connections and dialects, reactions and typing too', async () => {
    const channel = await freshChannel(server);
    const client = await server.connectConcord('Ann');
    const [messaging, other] = [await server.connect('Ann'), await server.connectConcord('Ben')];
    for (let count = 0; count < 20; count += 1) client.types(channel.id);
    await client.error();
    expect(await messaging.ask('chats')).toMatchObject({ error: { code: 429 } });
    await other.writes(channel.id, 'not mine');
  });
});

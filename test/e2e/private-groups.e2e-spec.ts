import { historyOf } from '../support/broadcasts.js';
import type { ConcordClient, ConcordFrame } from '../support/concord-client.js';
import { sendText } from '../support/conversation.js';
import { onServer } from '../support/database.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';
import type { RestClient } from '../support/rest-client.js';

const SECRET = 'xylophone';
/** Of this form, and nobody's. */
const NO_GROUP = `g_${'0'.repeat(22)}`;
const NO_ID = 999_999_999;

/** What strangers may guess: the numbers under which the database has a chat and a message of it. */
interface Guess {
  readonly chat: number;
  readonly message: number;
}

describe('What is private', () => {
  let server: TestServer;
  const [ann, ben, eve] = freshUsers('Ann', 'Ben', 'Eve');
  let annsPhone: MessagingClient;
  let chatId: string;
  const guesses: Record<'a group' | 'a dialog', Guess> = {
    'a group': { chat: 0, message: 0 },
    'a dialog': { chat: 0, message: 0 },
  };

  beforeAll(async () => {
    server = await TestServer.start();
    annsPhone = await server.connect(ann);
    ({ chatId } = await annsPhone.request<{ chatId: string }>('createChat', { name: SECRET, participants: [ben] }));
    await sendText(annsPhone, chatId, `${SECRET} for us`);
    await annsPhone.request('react', { chatId, messageId: 1, reaction: '🎵', adding: true });
    await sendText(annsPhone, ben, `${SECRET} for you`);
    for (const kind of ['group', 'dialog'] as const) guesses[`a ${kind}`] = await numbersOf(kind);
  });

  afterAll(() => server.stop());

  const numbersOf = async (kind: string): Promise<Guess> => {
    const sql = `select c.id::float8 as chat, m.id::float8 as message
      from chats c join messages m on m.chat_id = c.id where c.kind = $1`;
    const { rows } = await onServer(server.database.url, (client) => client.query<Guess>(sql, [kind]));
    expect(rows).toHaveLength(1);
    return rows[0] ?? { chat: 0, message: 0 };
  };
  /** Strangers, members and operators: over REST all of them are the same. */
  const askers: [string, () => RestClient][] = [
    ['a stranger', () => server.rest(eve)],
    ['a member', () => server.rest(ann)],
    ['an admin', () => server.rest(eve, { roles: ['admin'] })],
    ['a moderator', () => server.rest(eve, { roles: ['moderator', 'channels'] })],
  ];
  const kinds = ['a group', 'a dialog'] as const;
  const everyKind = kinds.flatMap((kind) => askers.map(([who, as]) => [kind, who, as] as const));

  describe('over REST', () => {
    const body = { content: 'x', name: 'x', sourceChatId: 1, reaction: 'x', adding: true };
    const addresses: [method: string, of: (guess: Guess) => string][] = [
      ['GET', ({ chat }) => `/channels/${chat}`],
      ['PATCH', ({ chat }) => `/channels/${chat}`],
      ['DELETE', ({ chat }) => `/channels/${chat}`],
      ['GET', ({ chat }) => `/channels/${chat}/chats/latest`],
      ['GET', ({ chat }) => `/channels/${chat}/chats`],
      ['POST', ({ chat }) => `/channels/${chat}/chats`],
      ['GET', ({ chat }) => `/channels/${chat}/threads`],
      ['POST', ({ chat }) => `/channels/${chat}/threads`],
      ['GET', ({ chat }) => `/chats?channelId=${chat}`],
      ['GET', ({ message }) => `/chats/${message}`],
      ['PATCH', ({ message }) => `/chats/${message}`],
      ['DELETE', ({ message }) => `/chats/${message}`],
      ['GET', ({ message }) => `/chats/${message}/reactions`],
      ['POST', ({ message }) => `/chats/${message}/reactions`],
    ];

    it.each(everyKind)('%s is to %s what is not there, by whatever id', async (kind, who, as) => {
      const client = as();
      for (const [method, of] of addresses) {
        const given = method === 'GET' || method === 'DELETE' ? undefined : body;
        const [guessed, none] = [
          await client.ask(method, of(guesses[kind]), given),
          await client.ask(method, of({ chat: NO_ID, message: NO_ID }), given),
        ];

        expect([method, of(guesses[kind]), guessed]).toEqual([method, of(guesses[kind]), none]);
        const manages = who === 'an admin' || who === 'a moderator';
        const isChangeOfChannel = ['PATCH', 'DELETE'].includes(method) && of({ chat: 7, message: 0 }) === '/channels/7';
        expect(guessed.status).toBe(isChangeOfChannel && !manages ? 403 : 404);
      }
    });

    it.each(everyKind)('%s gives %s no source for a thread, no parent and no default', async (kind, who, as) => {
      const client = as();
      const { chat, message } = guesses[kind];
      const pairs: [string, string, object, object][] = [
        ['POST', '/channels/1/threads', { sourceChatId: message, name: 'x' }, { sourceChatId: NO_ID, name: 'x' }],
        ['POST', '/channels', { name: 'x', parentChannelId: chat }, { name: 'x', parentChannelId: NO_ID }],
        ['PATCH', '/channels/1', { parentChannelId: chat }, { parentChannelId: NO_ID }],
        ['PATCH', '/server', { defaultChannelId: chat }, { defaultChannelId: NO_ID }],
      ];
      for (const [method, path, guess, none] of pairs) {
        const [guessed, unknown] = [await client.ask(method, path, guess), await client.ask(method, path, none)];
        expect([path, guessed]).toEqual([path, unknown]);
        expect([403, 404]).toContain(guessed.status);
      }
      expect(who).toEqual(expect.any(String));
    });

    it.each(askers)('is found by no search of %s', async (_who, as) => {
      const { body: self } = await server.rest(ann).get<{ id: number }>('/self');
      const queries = [`query=${SECRET}`, `authorId=${self.id}`, `before=${NO_ID}`, 'after=0', 'threadId=-1', ''];

      for (const query of queries) expect((await as().get(`/chats?${query}`)).body).toEqual([]);
      expect(JSON.stringify((await as().get('/channels')).body)).not.toContain(SECRET);
    });
  });

  describe('to concord connections', () => {
    /** What of a connection's frames is not of users coming and going, and not the marker. */
    const told = (client: ConcordClient): ConcordFrame[] =>
      client.frames.filter(({ type, chat }) => {
        const { content } = (chat ?? {}) as { content?: string };
        return !['user_joined', 'user_status_updated'].includes(type) && content !== 'marker';
      });

    it('tells nothing of what happens in a group or a dialog, its members neither', async () => {
      const clients = await Promise.all([ann, ben, eve].map((user) => server.connectConcord(user)));
      const bensPhone = await server.connect(ben);
      const screen = await server.connectRealtime(ben, { query: { extensions: 'true' } });
      for (const place of [chatId, ben]) {
        const messageId = await sendText(annsPhone, place, `${SECRET} once more`);
        await annsPhone.request('edit', { chatId: place, messageId, message: `${SECRET} edited` });
        await annsPhone.request('react', { chatId: place, messageId, reaction: '🎶', adding: true });
        annsPhone.tell('typing', { chatId: place });
        await bensPhone.request('read', { chatId: place === ben ? ann : place });
        await annsPhone.request('delete', { chatId: place, messageId });
      }
      await screen.broadcast(`chat.${chatId}`, { message: SECRET });
      await screen.directMessage(ann, { message: SECRET });
      await annsPhone.request('updateChat', { chatId, name: `${SECRET} renamed` });
      await annsPhone.request('addParticipants', { chatId, participants: freshUsers('Dan') });
      await annsPhone.settled();
      await server.rest(ann).post('/channels/1/chats', { content: 'marker' });
      await Promise.all(clients.map((client) => client.chat(({ content }) => content === 'marker')));

      for (const client of clients) {
        expect(told(client)).toEqual([]);
        expect(JSON.stringify(client.frames)).not.toContain(SECRET);
      }
    });

    it('has no members of its own: who was only put into a group is nobody there', async () => {
      const [ghost] = freshUsers('Ghost');
      const watcher = await server.connectConcord(eve);
      await annsPhone.request('addParticipants', { chatId, participants: [ghost] });
      await server.rest(ann).post('/channels/1/chats', { content: 'after the ghost' });
      await watcher.chat(({ content }) => content === 'after the ghost');

      expect(watcher.all('user_joined')).toEqual([]);
      expect((await server.rest(eve).get(`/users?query=${ghost}`)).body).toEqual([]);
    });

    it.each(kinds)('refuses frames that guess the ids of %s as it does those of nothing', async (kind) => {
      for (const user of [eve, ann]) {
        const client = await server.connectConcord(user);
        const { chat, message } = guesses[kind];
        const refusalOf = async (frame: object): Promise<ConcordFrame> => {
          client.send(frame);
          return client.error();
        };
        const frames = (channelId: number, chatNumber: number): object[] => [
          { type: 'chat_written', channelId, threadId: null, sentAt: 0, content: 'x' },
          { type: 'chat_written', channelId: 1, threadId: channelId, sentAt: 0, content: 'x' },
          { type: 'chat_typing', channelId, threadId: null, sentAt: 0 },
          { type: 'chat_reaction', chatId: chatNumber, reaction: 'x', adding: true },
          { type: 'chat_reaction', chatId: chatNumber, reaction: '🎵', adding: false },
        ];
        const none = frames(NO_ID, NO_ID);
        for (const [index, frame] of frames(chat, message).entries()) {
          const [guessed, unknown] = [await refusalOf(frame), await refusalOf(none[index] ?? {})];
          expect(guessed).toEqual(unknown);
          expect(guessed.code).toBe(404);
        }
        await client.close();
      }
    });
  });

  describe('in the realtime dialect', () => {
    let stranger: RealtimeClient;

    beforeEach(async () => {
      stranger = await server.connectRealtime(eve, { query: { extensions: 'true' } });
    });

    afterEach(() => stranger.close());

    /** Without the ids that every answer has. */
    const answerTo = async (type: string, data: object): Promise<string> => {
      const { type: answered, data: told } = await stranger.ask(type, data);
      const text = JSON.stringify([answered, told]);
      return text
        .replaceAll(/"(message_id|server_message_id)":"[^"]*"/g, '"$1":"…"')
        .replaceAll(chatId, 'the chat')
        .replaceAll(NO_GROUP, 'the chat');
    };

    it.each<[string, (publicId: string) => object]>([
      ['Subscribe', (publicId) => ({ topics: [`chat.${publicId}`] })],
      ['Unsubscribe', (publicId) => ({ topics: [`chat.${publicId}`] })],
      ['Broadcast', (publicId) => ({ topic: `chat.${publicId}`, payload: { message: 'from outside' } })],
      ['History', (publicId) => ({ topic: `chat.${publicId}` })],
      ['History', (publicId) => ({ topic: `chat.${publicId}`, since: 0, limit: 500 })],
      ['History', (publicId) => ({ topic: `chat.${publicId}`, before: `broadcast_${guesses['a group'].message}` })],
      ['X-Typing', (publicId) => ({ topic: `chat.${publicId}` })],
      ['X-Whatever', (publicId) => ({ topic: `chat.${publicId}`, payload: 1 })],
    ])('%s of a group’s topic is answered as of one that nobody uses', async (type, data) => {
      expect(await answerTo(type, data(chatId))).toBe(await answerTo(type, data(NO_GROUP)));
    });

    it('shows a group’s history to its members alone', async () => {
      const member = await server.connectRealtime(ann);
      expect((await historyOf(member, `chat.${chatId}`)).messages.length).toBeGreaterThan(0);
      expect(await historyOf(stranger, `chat.${chatId}`)).toEqual({
        topic: `chat.${chatId}`,
        messages: [],
        has_more: false,
      });
      await member.close();
    });

    it('pushes nothing of a group to strangers, however they subscribe', async () => {
      await stranger.subscribe(`chat.${chatId}`, 'chat.*', 'chat.>', '>', '*.*');
      const messageId = await sendText(annsPhone, chatId, SECRET);
      await annsPhone.request('react', { chatId, messageId, reaction: '🎵', adding: true });
      annsPhone.tell('typing', { chatId });
      await annsPhone.request('delete', { chatId, messageId });
      await annsPhone.request('broadcast', { topic: 'chat.something.else', payload: 'marker' });
      await stranger.of('Broadcast', ({ payload }) => payload === 'marker');

      expect(stranger.all('Broadcast').map(({ data }) => data.payload)).toEqual(['marker']);
      expect(stranger.all('X-Edit', 'X-Delete', 'X-Reactions', 'X-Typing')).toEqual([]);
      expect(JSON.stringify(stranger.frames)).not.toContain(SECRET);
    });

    it.each(
      kinds.flatMap((kind) =>
        (['broadcast', 'dm'] as const).flatMap((prefix) =>
          ['X-Edit', 'X-Delete', 'X-Reactions'].map((type) => [type, kind, prefix] as const),
        ),
      ),
    )('%s of a message of %s by %s_ and its number is 404, as of one that is not there', async (type, kind, prefix) => {
      const ask = (number: number): Promise<string> => {
        const more = { payload: { message: 'x' }, reaction: '🎵', adding: type !== 'X-Reactions' };
        return answerTo(type, { message_id: `${prefix}_${number}`, ...more });
      };
      const guessed = await ask(guesses[kind].message);

      expect(guessed).toContain('"code":404');
      expect(guessed).toBe(await ask(NO_ID));
    });
  });

  describe('in the messaging dialect', () => {
    it.each<[string, object]>([
      ['new', { message: 'x' }],
      ['edit', { messageId: 1, message: 'x' }],
      ['delete', { messageId: 1 }],
      ['dlvrd', {}],
      ['read', { messageId: 1 }],
      ['receipts', { messageId: 1 }],
      ['messages', {}],
      ['messages', { startId: 1, count: 1 }],
      ['chat', {}],
      ['react', { messageId: 1, reaction: '🎵', adding: true }],
      ['updateChat', { name: 'mine' }],
      ['updateChat', { admins: [eve] }],
      ['addParticipants', { participants: [eve] }],
      ['removeParticipants', { participants: [ann] }],
      ['joinChat', {}],
      ['leaveChat', {}],
    ])('%s %j on a group is to a stranger as on one that is not there', async (payloadType, rest) => {
      const stranger = await server.connect(eve, { claims: { roles: ['admin', 'moderator', 'channels'] } });
      const [guessed, none] = [
        await stranger.ask(payloadType, { chatId, ...rest }),
        await stranger.ask(payloadType, { chatId: NO_GROUP, ...rest }),
      ];
      await stranger.close();

      expect(guessed.error).toMatchObject({ code: 404 });
      expect(guessed.error).toEqual(none.error);
    });

    it('joinChat finds no group by its name', async () => {
      const stranger = await server.connect(eve);
      const [guessed, none] = [
        await stranger.ask('joinChat', { name: SECRET }),
        await stranger.ask('joinChat', { name: 'no-such-channel' }),
      ];
      expect(guessed.error).toMatchObject({ code: 404 });
      expect(guessed.error).toEqual(none.error);
    });

    it('subscribe and broadcast on its topic lead nowhere', async () => {
      const stranger = await server.connect(eve);
      await stranger.request('subscribe', { topics: [`chat.${chatId}`, 'chat.*'] });
      const before = (await annsPhone.request<{ lastMessageId: number }>('chat', { chatId })).lastMessageId;
      await stranger.request('broadcast', { topic: `chat.${chatId}`, payload: { message: 'from outside' } });
      await sendText(annsPhone, chatId, SECRET);
      await annsPhone.request('broadcast', { topic: 'chat.something', payload: 'marker' });
      await stranger.event('broadcast', ({ payload }) => payload === 'marker');
      const after = (await annsPhone.request<{ lastMessageId: number }>('chat', { chatId })).lastMessageId;

      expect(after).toBe(before + 1);
      expect(JSON.stringify(stranger.frames)).not.toContain(SECRET);
    });

    it('who left is a stranger again, in every dialect', async () => {
      const [dan] = freshUsers('Dan');
      await annsPhone.request('addParticipants', { chatId, participants: [dan] });
      const [phone, screen] = [await server.connect(dan), await server.connectRealtime(dan)];
      await screen.subscribe(`chat.${chatId}`);
      await phone.request('leaveChat', { chatId });

      expect(await phone.ask('messages', { chatId })).toMatchObject({ error: { code: 404 } });
      expect((await historyOf(screen, `chat.${chatId}`)).messages).toEqual([]);
      await sendText(annsPhone, chatId, `${SECRET} behind your back`);
      await annsPhone.request('broadcast', { topic: `chat.${dan}`, payload: 'marker' });
      await screen.subscribe(`chat.${dan}`);
      await annsPhone.request('broadcast', { topic: `chat.${dan}`, payload: 'marker 2' });
      await screen.of('Broadcast', ({ payload }) => payload === 'marker 2');

      expect(screen.all('Broadcast')).toHaveLength(1);
    });
  });
});

import { randomBytes } from 'node:crypto';
import { deliveries } from '../support/broadcasts.js';
import type { ConcordChat, ConcordClient } from '../support/concord-client.js';
import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { aText, aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';

const MAX_MESSAGE_BYTES = 2_000;

describe('Chats over REST', () => {
  let server: TestServer;
  let rest: DocumentedRest;
  let author: DocumentedRestClient;
  let other: DocumentedRestClient;
  let moderator: DocumentedRestClient;
  let authorId: number;
  let channelId: number;
  let name: string;
  const [ann, ben, mod] = freshUsers('Ann', 'Ben', 'Mod');

  beforeAll(async () => {
    server = await TestServer.start({ MAX_MESSAGE_BYTES: String(MAX_MESSAGE_BYTES) });
    rest = await DocumentedRest.over(server);
    [author, other, moderator] = [rest.as(ann), rest.as(ben), rest.as(mod, { roles: ['moderator'] })];
    authorId = (await author.get<{ id: number }>('/self')).body.id;
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    name = `c-${randomBytes(4).toString('hex')}`;
    channelId = (await rest.as('Boss', { roles: ['admin'] }).post<{ id: number }>('/channels', { name })).body.id;
  });

  const write = async (content: string, more: object = {}): Promise<ConcordChat> => {
    const { status, body } = await author.post<ConcordChat>(`/channels/${channelId}/chats`, { content, ...more });
    expect(status).toBe(201);
    return body;
  };
  /** Somebody who has never been here, so that nothing of before comes again. */
  const watch = (): Promise<ConcordClient> => server.connectConcord(`Watcher of ${name}`);
  const threadAt = async (sourceChatId: number): Promise<number> => {
    const thread = { sourceChatId, name: 'a thread' };
    return (await author.post<{ id: number }>(`/channels/${channelId}/threads`, thread)).body.id;
  };
  const latest = async (query = ''): Promise<string[]> => {
    const { body } = await author.get<ConcordChat[]>(`/channels/${channelId}/chats/latest${query}`);
    return body.map(({ content }) => content);
  };
  const failure = (code: number, field?: string): object => ({
    status: code,
    body: { code, message: aText, ...(field !== undefined && { details: { field } }) },
  });

  describe('POST /channels/:id/chats', () => {
    it('answers with the chat as the seed has it, and sends it to everybody, the author’s own connection too', async () => {
      const [mine, theirs] = [await server.connectConcord(ann, { query: { device: name } }), await watch()];
      const chat = await write('Soup 😂', { sentAt: 7, threadId: null, authorId: 99, id: 1 });

      expect(chat).toEqual({
        id: expect.any(Number) as number,
        createdAt: aTime,
        authorId,
        channelId,
        threadId: null,
        content: 'Soup 😂',
        edited: false,
        reactions: {},
      });
      expect(Math.abs(chat.createdAt - Date.now())).toBeLessThan(60_000);
      for (const client of [mine, theirs]) {
        expect(await client.of('chat_sent')).toEqual({ type: 'chat_sent', chat });
      }
    });

    it('writes into a thread', async () => {
      const source = await write('source');
      const threadId = await threadAt(source.id);
      const chat = await write('inside', { threadId });

      expect(chat).toMatchObject({ threadId, channelId });
      expect((await author.get(`/chats/${chat.id}`)).body).toEqual(chat);
    });

    it('knows no thread of another channel', async () => {
      const threadId = await threadAt((await write('source')).id);
      expect(await author.post('/channels/1/chats', { content: 'x', threadId })).toEqual(failure(404, 'threadId'));
      expect(await author.post(`/channels/${channelId}/chats`, { content: 'x', threadId: 999_999 })).toEqual(
        failure(404, 'threadId'),
      );
    });

    it('takes a text of MAX_MESSAGE_BYTES, and no byte more', async () => {
      await write('ä'.repeat(MAX_MESSAGE_BYTES / 2));
      const path = `/channels/${channelId}/chats`;
      const tooLarge = `${'ä'.repeat(MAX_MESSAGE_BYTES / 2)}x`;

      expect(await author.post(path, { content: tooLarge })).toMatchObject(failure(413));
      const { id } = await write('short');
      expect(await author.patch(`/chats/${id}`, { content: tooLarge })).toMatchObject(failure(413));
      expect((await author.get(`/chats/${id}`)).body).toMatchObject({ content: 'short', edited: false });
    });

    it('keeps a text as it is written', async () => {
      for (const content of [' ', '\n\t', '<b>&amp;"\\', '{"type":"x"}', '\u2028\ufeff', '👩‍👩‍👧‍👦', 'e\u0301', '%00']) {
        expect((await write(content)).content).toBe(content);
      }
    });

    it('needs no rights to manage, only the claim’s', async () => {
      const [reader, writer] = [
        rest.as(ben, { topics: { subscribe: ['chat.>'], publish: [] } }),
        rest.as(ben, { topics: { subscribe: ['chat.>'], publish: [`chat.${name}`] } }),
      ];
      expect(await reader.post(`/channels/${channelId}/chats`, { content: 'x' })).toEqual(failure(403, 'channelId'));
      expect(await writer.post(`/channels/${channelId}/chats`, { content: 'x' })).toMatchObject({ status: 201 });
      expect(await writer.post('/channels/1/chats', { content: 'x' })).toEqual(failure(403, 'channelId'));
    });
  });

  describe('GET /channels/:id/chats/latest', () => {
    it('lists the newest first, those of threads too, as many as asked for', async () => {
      const source = await write('1');
      await write('2');
      await write('3', { threadId: await threadAt(source.id) });

      expect(await latest()).toEqual(['3', '2', '1']);
      expect(await latest('?size=2')).toEqual(['3', '2']);
      expect((await author.get(`/channels/${channelId}/chats?size=1`)).body).toMatchObject([{ content: '3' }]);
    });

    it('lists 50 where nobody says how many', async () => {
      await Promise.all(Array.from({ length: 52 }, (_, index) => write(`${index}`)));
      expect(await latest()).toHaveLength(50);
      expect(await latest('?size=500')).toHaveLength(52);
    });

    it('shows nothing of what was deleted, and everything as it stands now', async () => {
      const [first, second] = [await write('first'), await write('second')];
      await author.delete(`/chats/${first.id}`);
      await author.patch(`/chats/${second.id}`, { content: 'edited' });
      await other.post(`/chats/${second.id}/reactions`, { reaction: '😂', adding: true });

      expect((await author.get(`/channels/${channelId}/chats/latest`)).body).toEqual([
        { ...second, content: 'edited', edited: true, reactions: { '😂': 1 } },
      ]);
    });
  });

  describe('PATCH /chats/:id', () => {
    it('changes the text, says so to everybody, and never unsays it', async () => {
      const watcher = await watch();
      const chat = await write('one');
      const edited = { ...chat, content: 'two', edited: true };

      expect(await author.patch(`/chats/${chat.id}`, { content: 'two' })).toEqual({ status: 200, body: edited });
      expect(await watcher.of('chat_edited')).toEqual({
        type: 'chat_edited',
        chatId: chat.id,
        channelId,
        threadId: null,
        content: 'two',
      });
      expect(await author.patch(`/chats/${chat.id}`, { content: 'one' })).toEqual({
        status: 200,
        body: { ...chat, edited: true },
      });
    });

    it('tells nobody where the text is the same', async () => {
      const watcher = await watch();
      const chat = await write('same');
      const { body } = await author.patch(`/chats/${chat.id}`, { content: 'same' });
      await write('marker');
      await watcher.chat(({ content }) => content === 'marker');

      expect(watcher.all('chat_edited')).toEqual([]);
      expect(body).toEqual(chat);
    });

    it('is the author’s alone', async () => {
      const { id } = await write('mine');
      for (const client of [other, moderator, rest.as('Boss', { roles: ['admin'] })]) {
        expect(await client.patch(`/chats/${id}`, { content: 'theirs' })).toMatchObject(failure(403));
      }
      expect((await author.get(`/chats/${id}`)).body).toMatchObject({ content: 'mine', edited: false });
    });
  });

  describe('DELETE /chats/:id', () => {
    it('takes it away for everybody, once', async () => {
      const watcher = await watch();
      const { id } = await write('gone');
      expect(await author.delete(`/chats/${id}`)).toEqual({ status: 204, body: null });

      expect(await watcher.of('chat_deleted')).toEqual({ type: 'chat_deleted', chatId: id, channelId, threadId: null });
      for (const answer of [
        await author.get(`/chats/${id}`),
        await author.patch(`/chats/${id}`, { content: 'x' }),
        await author.delete(`/chats/${id}`),
        await author.get(`/chats/${id}/reactions`),
        await author.post(`/chats/${id}/reactions`, { reaction: '😂', adding: true }),
      ]) {
        expect(answer).toEqual(failure(404, 'chatId'));
      }
    });

    it('is the author’s and the moderators’', async () => {
      const [first, second, third] = [await write('a'), await write('b'), await write('c')];
      expect(await other.delete(`/chats/${first.id}`)).toMatchObject(failure(403));
      expect(await rest.as(ben, { roles: ['channels'] }).delete(`/chats/${first.id}`)).toMatchObject(failure(403));

      const answers = [
        await author.delete(`/chats/${first.id}`),
        await moderator.delete(`/chats/${second.id}`),
        await rest.as('Boss', { roles: ['admin'] }).delete(`/chats/${third.id}`),
      ];
      expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
      expect(await latest()).toEqual([]);
    });
  });

  describe('/chats/:id/reactions', () => {
    it('counts and names who reacted, by kind, in the order in which they came', async () => {
      const { id } = await write('funny');
      const [a, b] = [authorId, (await other.get<{ id: number }>('/self')).body.id];
      const react = (client: DocumentedRestClient, reaction: string, adding = true): Promise<unknown> =>
        client.post(`/chats/${id}/reactions`, { reaction, adding }).then(({ status, body }) => [status, body]);

      expect(await react(other, '😂')).toEqual([200, { reactions: { '😂': 1 }, reactingUsers: { '😂': [b] } }]);
      expect(await react(author, '😂')).toEqual([200, { reactions: { '😂': 2 }, reactingUsers: { '😂': [b, a] } }]);
      const both = { reactions: { '😂': 2, '✔️': 1 }, reactingUsers: { '😂': [b, a], '✔️': [a] } };
      expect(await react(author, '✔️')).toEqual([200, both]);
      expect((await other.get(`/chats/${id}/reactions`)).body).toEqual(both);
      expect(await react(other, '😂', false)).toEqual([
        200,
        { reactions: { '😂': 1, '✔️': 1 }, reactingUsers: { '😂': [a], '✔️': [a] } },
      ]);
      expect((await other.get(`/chats/${id}`)).body).toMatchObject({ reactions: { '😂': 1, '✔️': 1 } });
    });

    it('sends the counts to everybody, and nothing where nothing changed', async () => {
      const watcher = await watch();
      const { id } = await write('funny');
      const twice = { reaction: '😂', adding: true };
      await author.post(`/chats/${id}/reactions`, { reaction: 'none', adding: false });
      await author.post(`/chats/${id}/reactions`, twice);
      await author.post(`/chats/${id}/reactions`, twice);
      await author.post(`/chats/${id}/reactions`, { ...twice, adding: false });
      await write('marker');
      await watcher.chat(({ content }) => content === 'marker');

      expect(watcher.all('chat_reactions_updated')).toEqual([
        { type: 'chat_reactions_updated', chatId: id, channelId, threadId: null, reactions: { '😂': 1 } },
        { type: 'chat_reactions_updated', chatId: id, channelId, threadId: null, reactions: {} },
      ]);
    });

    it('has none where nobody reacted', async () => {
      const { id } = await write('dull');
      expect((await author.get(`/chats/${id}/reactions`)).body).toEqual({ reactions: {}, reactingUsers: {} });
    });

    it('takes whatever text is short enough, also names that objects have', async () => {
      const { id } = await write('odd');
      const kinds = ['__proto__', 'constructor', '7', 'x'.repeat(64), 'ä'.repeat(32), ' '];
      for (const reaction of kinds) await author.post(`/chats/${id}/reactions`, { reaction, adding: true });
      const { body } = await author.get<{ reactions: object }>(`/chats/${id}/reactions`);

      expect(Object.keys(body.reactions).sort()).toEqual([...kinds].sort());
    });

    it('has 50 kinds at most', async () => {
      const { id } = await write('popular');
      for (let kind = 0; kind < 50; kind += 1) {
        await author.post(`/chats/${id}/reactions`, { reaction: `k${kind}`, adding: true });
      }
      const one = (reaction: string): Promise<unknown> =>
        other.post(`/chats/${id}/reactions`, { reaction, adding: true });

      expect(await one('k50')).toMatchObject(failure(409));
      expect(await one('k7')).toMatchObject({ status: 200 });
    });
  });

  describe('seen from elsewhere,', () => {
    let phone: MessagingClient;
    let screen: RealtimeClient;
    let desk: ConcordClient;

    beforeEach(async () => {
      const [reader] = freshUsers('Reader');
      [phone, screen, desk] = [
        await server.connect(reader),
        await server.connectRealtime(reader, { query: { extensions: 'true' } }),
        await server.connectConcord(reader),
      ];
      await phone.request('joinChat', { name });
      await screen.subscribe(`chat.${name}`);
    });

    it('a chat, its edit, its reaction and its deletion come as each dialect has them', async () => {
      const everybodyHas = async (event: string, type: string, frame: string): Promise<Record<string, unknown>> => {
        const [told] = await Promise.all([phone.event(event), screen.of(type), desk.of(frame)]);
        return told.payload ?? {};
      };

      const chat = await write('Soup');
      expect(await everybodyHas('new', 'Broadcast', 'chat_sent')).toMatchObject({ sender: ann, message: 'Soup' });
      await author.patch(`/chats/${chat.id}`, { content: 'Salad' });
      expect(await everybodyHas('edit', 'X-Edit', 'chat_edited')).toMatchObject({ message: 'Salad' });
      await other.post(`/chats/${chat.id}/reactions`, { reaction: '😂', adding: true });
      expect(await everybodyHas('react', 'X-Reactions', 'chat_reactions_updated')).toMatchObject({
        userId: ben,
        reactions: { '😂': 1 },
      });
      await author.delete(`/chats/${chat.id}`);
      expect(await everybodyHas('delete', 'X-Delete', 'chat_deleted')).toMatchObject({ messageId: 1 });
      expect(deliveries(screen)).toMatchObject([{ payload: { message: 'Soup', attachments: [] }, from_user: ann }]);
    });

    it('what the other dialects write is read over REST', async () => {
      await phone.request('new', {
        chatId: (await phone.request<{ chatId: string }>('joinChat', { name })).chatId,
        message: 'from messaging',
      });
      await screen.broadcast(`chat.${name}`, { message: 'from realtime', n: 1 });
      await desk.writes(channelId, 'from concord');
      await screen.broadcast(`chat.${name}`, { n: 2 });
      await screen.broadcast(`chat.${name}`, { message: 'c2VjcmV0' }, { encryption: 'aes256' });

      expect(await latest()).toEqual(['from concord', 'from realtime', 'from messaging']);
    });
  });
});

import type { ConcordChat, ConcordClient, ConcordFrame } from '../support/concord-client.js';
import { aTime } from '../support/expectations.js';
import type { JsonObject } from '../support/fixtures.js';
import { ADMIN, caughtUp, type ConcordChannel, freshChannel } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RestClient } from '../support/rest-client.js';

const CHAT_FRAMES = ['chat_sent', 'chat_edited', 'chat_deleted', 'chat_reactions_updated', 'chat_typing'] as const;

/** Ann has two connections, Ben has one; nothing has been written in their channel. */
interface Scene {
  readonly ann: string;
  readonly ben: string;
  readonly channel: ConcordChannel;
  readonly here: ConcordClient;
  readonly elsewhere: ConcordClient;
  readonly there: ConcordClient;
  readonly everybody: readonly ConcordClient[];
  readonly rest: RestClient;
}

describe('chats of concord', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(() => server.stop());

  async function setScene(): Promise<Scene> {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const channel = await freshChannel(server);
    const here = await server.connectConcord(ann);
    const elsewhere = await server.connectConcord(ann, { query: { device: 'elsewhere' } });
    const there = await server.connectConcord(ben);
    const everybody = [here, elsewhere, there];
    await caughtUp(server, everybody);
    return { ann, ben, channel, here, elsewhere, there, everybody, rest: server.rest(ann) };
  }

  /** What each has been told of the channel's chats, up to a chat that is written now: the same for all. */
  async function toldToAll({ everybody, channel }: Scene): Promise<readonly ConcordFrame[]> {
    const { body } = await server
      .rest('Admin', ADMIN)
      .post<ConcordChat>(`/channels/${channel.id}/chats`, { content: 'end' });
    const told = await Promise.all(
      everybody.map(async (client) => {
        await client.chat(({ id }) => id === body.id);
        return client.all(...CHAT_FRAMES).filter((frame) => isIn(channel, frame));
      }),
    );
    for (const frames of told) expect(frames).toEqual(told[0]);
    return (told[0] ?? []).slice(0, -1);
  }

  const isIn = ({ id }: ConcordChannel, { channelId, chat }: ConcordFrame): boolean =>
    channelId === id || (chat as ConcordChat | undefined)?.channelId === id;

  const numberOf = async (user: string): Promise<number> => (await server.rest(user).get('/self')).body.id as number;

  describe('chat_written', () => {
    it('comes to everybody as chat_sent, to the connection that wrote it too', async () => {
      const scene = await setScene();
      const chat = await scene.here.writes(scene.channel.id, 'Hello');
      expect(chat).toEqual({
        ...{ id: expect.any(Number) as number, createdAt: aTime, authorId: await numberOf(scene.ann) },
        ...{ channelId: scene.channel.id, threadId: null, content: 'Hello', edited: false, reactions: {} },
      });
      expect(await toldToAll(scene)).toEqual([{ type: 'chat_sent', chat }]);
    });

    it('is the same over REST', async () => {
      const scene = await setScene();
      const answer = await scene.rest.post(`/channels/${scene.channel.id}/chats`, { content: 'Hello' });
      expect(answer).toMatchObject({ status: 201, body: { content: 'Hello', threadId: null } });
      expect(await toldToAll(scene)).toEqual([{ type: 'chat_sent', chat: answer.body }]);
    });

    it.each<[string, JsonObject]>([
      ['is missing', {}],
      ['is null', { sentAt: null }],
      ['is no number', { sentAt: 'yesterday' }],
      ['is far in the future', { sentAt: 9e15 }],
      ['is an object', { sentAt: { at: 1 } }],
    ])('does not care where sentAt %s', async (_what, more) => {
      const scene = await setScene();
      const before = Date.now();
      scene.here.send({ type: 'chat_written', channelId: scene.channel.id, threadId: null, content: 'frame', ...more });
      scene.here.send({ type: 'chat_typing', channelId: scene.channel.id, ...more });
      const { status } = await scene.rest.post(`/channels/${scene.channel.id}/chats`, { content: 'rest', ...more });
      expect(status).toBe(201);
      const { createdAt } = await scene.there.chat(({ content }) => content === 'frame');
      const { sentAt } = await scene.there.of('chat_typing');
      for (const at of [createdAt, sentAt]) {
        expect(at).toBeGreaterThanOrEqual(before);
        expect(at).toBeLessThanOrEqual(Date.now());
      }
    });

    it('needs no threadId, and ignores what it does not know', async () => {
      const { here, channel } = await setScene();
      here.send({ type: 'chat_written', channelId: channel.id, content: 'a', colour: 'red', id: 7 });
      expect(await here.chat()).toMatchObject({ content: 'a', threadId: null });
    });

    it('keeps each character', async () => {
      const { here, there, channel } = await setScene();
      const content = ' \n\t "quotes" \\ <b>& \u2028 ZoÃ« Zoë 👩‍👩‍👧 \u{10ffff} ';
      await here.writes(channel.id, content);
      expect(await there.chat()).toMatchObject({ content });
    });

    it('leaves an order that is the same for both of two who write at once, and the log’s', async () => {
      const { ann, channel, here, there, rest } = await setScene();
      const COUNT = 150;
      for (let count = 0; count < COUNT; count += 1) {
        here.write(channel.id, `ann ${count}`);
        there.write(channel.id, `ben ${count}`);
      }
      const chatsOf = (client: ConcordClient): ConcordChat[] =>
        client.all('chat_sent').map(({ chat }) => chat as ConcordChat);
      const isThere = (client: ConcordClient) => (): true | undefined =>
        chatsOf(client).length === 2 * COUNT ? true : undefined;
      for (const client of [here, there]) await client.until(isThere(client));

      const { body: latest } = await rest.get<ConcordChat[]>(`/channels/${channel.id}/chats/latest?size=500`);
      const inLog = [...latest].reverse();
      for (const client of [here, there]) expect(chatsOf(client)).toEqual(inLog);
      expect(inLog.map(({ id }) => id)).toEqual([...inLog.map(({ id }) => id)].sort((one, other) => one - other));
      const annsNumber = await numberOf(ann);
      const contents = (isAnn: boolean): string[] =>
        inLog.filter(({ authorId }) => (authorId === annsNumber) === isAnn).map(({ content }) => content);
      const counted = (name: string): string[] => Array.from({ length: COUNT }, (_, index) => `${name} ${index}`);
      expect([contents(true), contents(false)]).toEqual([counted('ann'), counted('ben')]);
    });
  });

  describe('an edit', () => {
    it('comes to everybody as chat_edited', async () => {
      const scene = await setScene();
      const { id } = await scene.here.writes(scene.channel.id, 'before');
      const answer = await scene.rest.patch(`/chats/${id}`, { content: 'after' });
      expect(answer).toMatchObject({ status: 200, body: { id, content: 'after', edited: true } });
      expect((await toldToAll(scene)).slice(1)).toEqual([
        { type: 'chat_edited', chatId: id, channelId: scene.channel.id, threadId: null, content: 'after' },
      ]);
      expect(await server.rest(scene.ben).get(`/chats/${id}`)).toEqual(answer);
    });

    it('to the same text sends nothing, and one back to the first leaves it edited', async () => {
      const scene = await setScene();
      const { id } = await scene.here.writes(scene.channel.id, 'first');
      expect(await scene.rest.patch(`/chats/${id}`, { content: 'first' })).toMatchObject({ body: { edited: false } });
      for (const content of ['second', 'first']) await scene.rest.patch(`/chats/${id}`, { content });
      const again = await scene.rest.patch(`/chats/${id}`, { content: 'first' });
      expect(again).toMatchObject({ status: 200, body: { content: 'first', edited: true } });
      const edits = (await toldToAll(scene)).filter(({ type }) => type === 'chat_edited');
      expect(edits.map(({ content }) => content)).toEqual(['second', 'first']);
    });

    it('is the author’s', async () => {
      const scene = await setScene();
      const { id } = await scene.here.writes(scene.channel.id, 'mine');
      expect(await server.rest(scene.ben).patch(`/chats/${id}`, { content: 'x' })).toMatchObject({ status: 403 });
      expect(await server.rest('Admin', ADMIN).patch(`/chats/${id}`, { content: 'x' })).toMatchObject({ status: 403 });
      expect(await toldToAll(scene)).toHaveLength(1);
    });
  });

  describe('a deletion', () => {
    it('comes to everybody as chat_deleted, once', async () => {
      const scene = await setScene();
      const { id } = await scene.here.writes(scene.channel.id, 'gone');
      expect(await scene.rest.delete(`/chats/${id}`)).toEqual({ status: 204, body: null });
      expect(await scene.rest.delete(`/chats/${id}`)).toMatchObject({ status: 404 });
      expect((await toldToAll(scene)).slice(1)).toEqual([
        { type: 'chat_deleted', chatId: id, channelId: scene.channel.id, threadId: null },
      ]);
      expect(await scene.rest.get(`/chats/${id}`)).toMatchObject({ status: 404 });
      expect(await scene.rest.patch(`/chats/${id}`, { content: 'back' })).toMatchObject({ status: 404 });
    });

    it.each(['admin', 'moderator'])('is for the role %s too, and for nobody else', async (role) => {
      const scene = await setScene();
      const { id } = await scene.here.writes(scene.channel.id, 'gone');
      expect(await server.rest(scene.ben).delete(`/chats/${id}`)).toMatchObject({ status: 403 });
      expect(await server.rest(scene.ben, { roles: [role] }).delete(`/chats/${id}`)).toMatchObject({ status: 204 });
      expect((await toldToAll(scene)).map(({ type }) => type)).toEqual(['chat_sent', 'chat_deleted']);
    });
  });

  describe('chat_reaction', () => {
    const updates = (frames: readonly ConcordFrame[]): unknown[] =>
      frames.filter(({ type }) => type === 'chat_reactions_updated').map(({ reactions }) => reactions);

    it('comes to everybody as chat_reactions_updated', async () => {
      const scene = await setScene();
      const { id } = await scene.here.writes(scene.channel.id, 'React!');
      scene.here.react(id, '😂');
      await scene.here.of('chat_reactions_updated');
      scene.there.react(id, '😂');
      scene.there.react(id, '✔️');
      await scene.there.of('chat_reactions_updated', ({ reactions }) => '✔️' in (reactions as object));
      scene.here.react(id, '😂', false);
      scene.here.types(scene.channel.id);
      await scene.here.of('chat_typing');
      const told = await toldToAll(scene);
      expect(told[1]).toEqual({
        ...{ type: 'chat_reactions_updated', chatId: id, channelId: scene.channel.id, threadId: null },
        reactions: { '😂': 1 },
      });
      expect(updates(told)).toEqual([{ '😂': 1 }, { '😂': 2 }, { '😂': 2, '✔️': 1 }, { '😂': 1, '✔️': 1 }]);
    });

    it('is the same over REST, which also says whose', async () => {
      const scene = await setScene();
      const { id } = await scene.here.writes(scene.channel.id, 'React!');
      const path = `/chats/${id}/reactions`;
      const answer = await scene.rest.post(path, { reaction: '😂', adding: true });
      const number = await numberOf(scene.ann);
      expect(answer).toEqual({ status: 200, body: { reactions: { '😂': 1 }, reactingUsers: { '😂': [number] } } });
      expect(await server.rest(scene.ben).get(path)).toEqual(answer);
      const gone = await scene.rest.post(path, { reaction: '😂', adding: false });
      expect(gone).toEqual({ status: 200, body: { reactions: {}, reactingUsers: {} } });
      expect(updates(await toldToAll(scene))).toEqual([{ '😂': 1 }, {}]);
    });

    it('that changes nothing sends nothing', async () => {
      const scene = await setScene();
      const { id } = await scene.here.writes(scene.channel.id, 'React!');
      scene.here.react(id, 'never', false);
      scene.here.react(id, '😂');
      scene.here.react(id, '😂');
      scene.elsewhere.react(id, '😂');
      for (const client of [scene.here, scene.elsewhere]) await client.settled();
      const again = await scene.rest.post(`/chats/${id}/reactions`, { reaction: '😂', adding: true });
      expect(again).toMatchObject({ status: 200, body: { reactions: { '😂': 1 } } });
      await scene.rest.post(`/chats/${id}/reactions`, { reaction: 'never', adding: false });
      expect(updates(await toldToAll(scene))).toEqual([{ '😂': 1 }]);
      for (const client of scene.everybody) expect(client.all('error')).toEqual([]);
    });

    it.each(['__proto__', 'constructor', '2', '"', ' ', '\\', '\u{1f600}'])('may be %j', async (reaction) => {
      const scene = await setScene();
      const { id } = await scene.here.writes(scene.channel.id, 'React!');
      scene.here.react(id, reaction);
      const told = await scene.there.of('chat_reactions_updated');
      expect(Object.entries(told.reactions as object)).toEqual([[reaction, 1]]);
      const { body } = await scene.rest.get(`/chats/${id}/reactions`);
      const users = [[reaction, [await numberOf(scene.ann)]]];
      expect(Object.entries(body.reactions as object)).toEqual([[reaction, 1]]);
      expect(Object.entries(body.reactingUsers as object)).toEqual(users);
      const again = await scene.rest.post(`/chats/${id}/reactions`, { reaction, adding: true });
      expect(Object.entries(again.body.reactingUsers as object)).toEqual(users);
    });

    it('takes 64 bytes', async () => {
      const { here, channel } = await setScene();
      const { id } = await here.writes(channel.id, 'React!');
      const longest = '😂'.repeat(16);
      here.react(id, longest);
      expect(await here.of('chat_reactions_updated')).toMatchObject({ reactions: { [longest]: 1 } });
    });

    it('to a deleted chat is 404', async () => {
      const { here, channel, rest } = await setScene();
      const { id } = await here.writes(channel.id, 'gone');
      await rest.delete(`/chats/${id}`);
      here.react(id, '😂');
      expect(await here.error()).toMatchObject({ code: 404, details: { field: 'chatId' } });
    });
  });

  describe('chat_typing', () => {
    it('comes to everybody, to the connection that types too', async () => {
      const scene = await setScene();
      scene.here.types(scene.channel.id);
      const place = { channelId: scene.channel.id, threadId: null };
      for (const client of scene.everybody) {
        expect(await client.of('chat_typing')).toEqual({
          ...{ type: 'chat_typing', userId: await numberOf(scene.ann), ...place, sentAt: aTime },
        });
      }
      expect(await toldToAll(scene)).toHaveLength(1);
    });
  });

  it('are told before their author types the next one', async () => {
    const { channel, here, there } = await setScene();
    for (const content of ['1', '2', '3']) {
      here.write(channel.id, content);
      here.types(channel.id);
    }
    for (const contents of [['1'], ['1', '2'], ['1', '2', '3']]) {
      const typing = await there.of('chat_typing');
      const before = there.frames.slice(0, there.frames.indexOf(typing));
      const told = before.flatMap(({ chat }) =>
        (chat as ConcordChat | undefined)?.channelId === channel.id ? [chat] : [],
      );
      expect(told.map((chat) => (chat as ConcordChat).content)).toEqual(expect.arrayContaining(contents));
    }
  });

  describe('a message without a text', () => {
    it('is not shown, nor what is done to it', async () => {
      const scene = await setScene();
      const { channel, ann } = scene;
      const messaging = await server.connect(ann);
      const { chatId } = await messaging.request('joinChat', { name: channel.name });
      const attachments = [{ type: 'file', id: 'f1', filename: 'a.txt', url: 'https://example.com/a.txt' }];
      const { messageId } = await messaging.request('new', { chatId, attachments });
      await messaging.request('react', { chatId, messageId, reaction: '😂', adding: true });
      const realtime = await server.connectRealtime(ann);
      await realtime.broadcast(`chat.${channel.name}`, { mood: 'happy' });
      await realtime.broadcast(`chat.${channel.name}`, { message: 'secret' }, { encryption: 'aes' });
      await messaging.request('delete', { chatId, messageId });
      expect(await toldToAll(scene)).toEqual([]);
      const { body } = await scene.rest.get<ConcordChat[]>(`/channels/${channel.id}/chats/latest`);
      expect(body.map(({ content }) => content)).toEqual(['end']);
    });

    it('is what an edit can make of a chat: that comes as chat_deleted', async () => {
      const scene = await setScene();
      const { channel, ann } = scene;
      const messaging = await server.connect(ann);
      const { chatId } = await messaging.request('joinChat', { name: channel.name });
      const { messageId } = await messaging.request('new', { chatId, message: 'only for now' });
      const { id } = await scene.here.chat();
      const attachments = [{ type: 'file', id: 'f1', filename: 'a.txt', url: 'https://example.com/a.txt' }];
      await messaging.request('edit', { chatId, messageId, message: '', attachments });
      expect((await toldToAll(scene)).slice(1)).toEqual([
        { type: 'chat_deleted', chatId: id, channelId: channel.id, threadId: null },
      ]);
      expect(await scene.rest.get(`/chats/${id}`)).toMatchObject({ status: 404 });

      await messaging.request('edit', { chatId, messageId, message: 'and back' });
      expect((await toldToAll(scene)).slice(3)).toEqual([
        { type: 'chat_sent', chat: expect.objectContaining({ id, content: 'and back', edited: true }) as unknown },
      ]);
      expect(await scene.rest.get(`/chats/${id}`)).toMatchObject({ status: 200, body: { edited: true } });
    });

    it('is what an edit can put an end to: the chat comes whole, with its reactions', async () => {
      const scene = await setScene();
      const { channel, ann, here, there } = scene;
      const messaging = await server.connect(ann);
      const { chatId } = await messaging.request('joinChat', { name: channel.name });
      const attachments = [{ type: 'file', id: 'f1', filename: 'a.txt', url: 'https://example.com/a.txt' }];
      const { messageId } = await messaging.request('new', { chatId, message: '', attachments });
      await messaging.request('react', { chatId, messageId, reaction: '👍', adding: true });
      await there.writes(channel.id, 'newer');
      await messaging.request('edit', { chatId, messageId, message: 'a text after all' });
      const { id } = await here.chat(({ content }) => content === 'a text after all');

      const { body: chat } = await scene.rest.get<ConcordChat>(`/chats/${id}`);
      expect(chat).toMatchObject({ content: 'a text after all', edited: true, reactions: { '👍': 1 } });
      expect(await toldToAll(scene)).toEqual([
        { type: 'chat_sent', chat: expect.objectContaining({ content: 'newer' }) as unknown },
        { type: 'chat_sent', chat },
      ]);
    });
  });
});

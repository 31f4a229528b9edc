import type { ConcordClient, ConcordFrame } from '../support/concord-client.js';
import { aTime } from '../support/expectations.js';
import type { JsonObject } from '../support/fixtures.js';
import { ADMIN, caughtUp, type ConcordChannel, freshChannel, freshChannelName } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RestAnswer, RestClient } from '../support/rest-client.js';

const CHANNEL_FRAMES = ['channel_created', 'channel_updated', 'channel_deleted', 'thread_created'] as const;

interface Node extends ConcordChannel {
  readonly children: readonly Node[];
}

describe('channels of concord', () => {
  let server: TestServer;
  let admin: RestClient;

  beforeAll(async () => {
    server = await TestServer.start();
    admin = server.rest('Admin', ADMIN);
  });

  afterAll(() => server.stop());

  /** Two who are told the same. */
  async function connectTwo(): Promise<readonly [ConcordClient, ConcordClient]> {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const clients = [await server.connectConcord(ann), await server.connectConcord(ben)] as const;
    await caughtUp(server, clients);
    return clients;
  }

  /** What both have been told of channels so far: the same, up to a channel that is made now. */
  async function toldToBoth(clients: readonly ConcordClient[]): Promise<readonly ConcordFrame[]> {
    const { id } = await freshChannel(server);
    const told: (readonly ConcordFrame[])[] = [];
    for (const client of clients) {
      await client.of('channel_created', ({ channel }) => (channel as ConcordChannel).id === id);
      told.push(client.all(...CHANNEL_FRAMES).slice(0, -1));
    }
    expect(told[1]).toEqual(told[0]);
    return told[0] ?? [];
  }

  const update = (id: number, changes: JsonObject): Promise<RestAnswer> => admin.patch(`/channels/${id}`, changes);

  const treeOf = async (parent: number): Promise<readonly Node[]> => {
    const { body } = await admin.get<readonly Node[]>('/channels');
    return body.find(({ id }) => id === parent)?.children ?? [];
  };

  describe('channel_created', () => {
    it('comes to everybody, with what was asked for', async () => {
      const clients = await connectTwo();
      const parent = await freshChannel(server);
      const fields = { description: 'What is there to eat', ordinality: 3, capabilities: ['TEXT', 'AUDIO'] };
      const channel = await freshChannel(server, { parentChannelId: parent.id, ...fields });
      expect(channel).toEqual({
        ...{ id: expect.any(Number) as number, parentChannelId: parent.id, name: channel.name, ...fields },
        ...{ createdAt: aTime, createdByUserId: (await admin.get('/self')).body.id },
      });
      expect(parent).toMatchObject({ parentChannelId: null, ordinality: 0, description: null, capabilities: ['TEXT'] });
      expect(await toldToBoth(clients)).toEqual([
        { type: 'channel_created', channel: parent },
        { type: 'channel_created', channel },
      ]);
      expect(await treeOf(parent.id)).toEqual([{ ...channel, children: [] }]);
    });

    it('comes before what is written in it, and that may be at once', async () => {
      const [here, there] = await connectTwo();
      const channel = await freshChannel(server);
      await here.writes(channel.id, 'first');
      await there.chat(({ channelId }) => channelId === channel.id);
      for (const { frames } of [here, there]) {
        const told = frames.filter(({ type }) => type === 'channel_created' || type === 'chat_sent');
        expect(told.map(({ type }) => type)).toEqual(['channel_created', 'chat_sent']);
      }
    });

    it('is nothing where it is refused', async () => {
      const clients = await connectTwo();
      const { name } = await freshChannel(server);
      const taken = await admin.post('/channels', { name });
      expect(taken).toMatchObject({ status: 409, body: { code: 409, details: { field: 'name' } } });
      expect(await admin.post('/channels', { name: 'white space' })).toMatchObject({ status: 400 });
      expect(await server.rest('Ben').post('/channels', { name: freshChannelName() })).toMatchObject({ status: 403 });
      expect(await toldToBoth(clients)).toHaveLength(1);
    });
  });

  describe('channel_updated', () => {
    it('comes to everybody, with the whole channel as it is now', async () => {
      const clients = await connectTwo();
      const [channel, parent] = [await freshChannel(server), await freshChannel(server)];
      const name = freshChannelName();
      const { body: renamed } = await update(channel.id, { name });
      const { body: moved } = await update(channel.id, { parentChannelId: parent.id, ordinality: -1 });
      const { body: described } = await update(channel.id, { description: 'Why', capabilities: [] });
      expect(renamed).toEqual({ ...channel, name });
      expect(moved).toEqual({ ...channel, name, parentChannelId: parent.id, ordinality: -1 });
      expect(described).toEqual({ ...moved, description: 'Why', capabilities: [] });
      expect((await toldToBoth(clients)).slice(2)).toEqual(
        [renamed, moved, described].map((now) => ({ type: 'channel_updated', channel: now })),
      );
    });

    it('is nothing where nothing changes', async () => {
      const clients = await connectTwo();
      const channel = await freshChannel(server);
      expect(await update(channel.id, { name: channel.name, ordinality: 0, description: null })).toEqual({
        status: 200,
        body: channel,
      });
      expect(await update(channel.id, {})).toMatchObject({ status: 200 });
      expect(await toldToBoth(clients)).toHaveLength(1);
    });

    it('leaves the channel’s chats where they are, under either name', async () => {
      const [here, there] = await connectTwo();
      const channel = await freshChannel(server);
      const first = await here.writes(channel.id, 'before');
      await update(channel.id, { name: freshChannelName() });
      const second = await there.writes(channel.id, 'after');
      const { body } = await admin.get(`/channels/${channel.id}/chats/latest`);
      expect(body).toEqual([second, first]);
      expect(await here.chat(({ content }) => content === 'after')).toEqual(second);
    });
  });

  describe('channel_deleted', () => {
    it('comes to everybody, for each channel that goes with it', async () => {
      const clients = await connectTwo();
      const parent = await freshChannel(server);
      const child = await freshChannel(server, { parentChannelId: parent.id });
      const grandchild = await freshChannel(server, { parentChannelId: child.id });
      const ids = [parent.id, child.id, grandchild.id];
      expect(await admin.delete(`/channels/${parent.id}`)).toEqual({ status: 204, body: null });
      const told = await toldToBoth(clients);
      const deletions = told.slice(3);
      expect(deletions.map(({ type }) => type)).toEqual(ids.map(() => 'channel_deleted'));
      expect(new Set(deletions.map(({ channelId }) => channelId))).toEqual(new Set(ids));
      for (const id of ids) expect(await admin.get(`/channels/${id}`)).toMatchObject({ status: 404 });
    });

    it('makes all of it unknown', async () => {
      const [here] = await connectTwo();
      const channel = await freshChannel(server);
      const { id: chatId } = await here.writes(channel.id, 'gone');
      await admin.delete(`/channels/${channel.id}`);
      await here.of('channel_deleted');
      here.write(channel.id, 'too late');
      expect(await here.error()).toMatchObject({ code: 404, details: { field: 'channelId' } });
      here.types(channel.id);
      expect(await here.error()).toMatchObject({ code: 404, details: { field: 'channelId' } });
      here.react(chatId, '😂');
      expect(await here.error()).toMatchObject({ code: 404, details: { field: 'chatId' } });
      for (const path of [
        `/chats/${chatId}`,
        `/channels/${channel.id}/chats/latest`,
        `/channels/${channel.id}/threads`,
      ]) {
        expect(await admin.get(path)).toMatchObject({ status: 404 });
      }
      expect((await admin.get<readonly Node[]>('/channels')).body.map(({ id }) => id)).not.toContain(channel.id);
    });

    it('frees the name, for another channel with nothing of the old one’s', async () => {
      const [here, there] = await connectTwo();
      const { id, name } = await freshChannel(server);
      await here.writes(id, 'of the old one');
      await admin.delete(`/channels/${id}`);
      const next = await freshChannel(server, { name });
      expect(next.id).not.toBe(id);
      expect((await admin.get(`/channels/${next.id}/chats/latest`)).body).toEqual([]);
      const chat = await here.writes(next.id, 'of the new one');
      expect(await there.chat(({ channelId }) => channelId === next.id)).toEqual(chat);
    });

    it('is 409 for the default channel, and sends nothing', async () => {
      const clients = await connectTwo();
      const { body } = await admin.get('/server');
      expect(await admin.delete(`/channels/${String(body.defaultChannelId)}`)).toMatchObject({ status: 409 });
      expect(await toldToBoth(clients)).toEqual([]);
    });
  });

  describe('threads', () => {
    /** A channel with a thread in it, begun by the first of two. */
    async function beginThread() {
      const clients = await connectTwo();
      const [here] = clients;
      const channel = await freshChannel(server);
      const source = await here.writes(channel.id, 'Where do we eat?');
      const rest = server.rest('Somebody');
      const begun = await rest.post<{ readonly id: number }>(`/channels/${channel.id}/threads`, {
        sourceChatId: source.id,
        name: 'Where',
      });
      expect(begun).toMatchObject({ status: 201 });
      return { clients, channel, source, thread: begun.body, rest };
    }

    it('come to everybody as thread_created', async () => {
      const { clients, channel, source, thread, rest } = await beginThread();
      const { body: self } = await rest.get('/self');
      expect(thread).toEqual({
        ...{ id: expect.any(Number) as number, channelId: channel.id, sourceChatId: source.id },
        ...{ creatorId: self.id, createdAt: aTime, name: 'Where' },
      });
      expect((await toldToBoth(clients)).slice(1)).toEqual([{ type: 'thread_created', thread }]);
      expect((await rest.get(`/channels/${channel.id}/threads`)).body).toEqual([thread]);
    });

    it('are one for each chat', async () => {
      const { clients, channel, source, rest } = await beginThread();
      const again = await rest.post(`/channels/${channel.id}/threads`, { sourceChatId: source.id, name: 'Again' });
      expect(again).toMatchObject({ status: 409 });
      expect(await toldToBoth(clients)).toHaveLength(2);
    });

    it('stand in all that is told of their chats', async () => {
      const { clients, channel, thread, rest } = await beginThread();
      const [here, there] = clients;
      here.types(channel.id, thread.id);
      const chat = await here.writes(channel.id, 'Here', thread.id);
      const place = { channelId: channel.id, threadId: thread.id };
      expect(await there.of('chat_typing')).toMatchObject(place);
      expect(await there.chat(({ content }) => content === 'Here')).toEqual(chat);
      expect(chat).toMatchObject(place);

      const overRest = await rest.post(`/channels/${channel.id}/chats`, { content: 'There', threadId: thread.id });
      expect(overRest.body).toMatchObject(place);
      const { id: chatId } = overRest.body;
      there.react(chatId as number, '😂');
      await there.of('chat_reactions_updated');
      await rest.patch(`/chats/${String(chatId)}`, { content: 'Over there' });
      await rest.delete(`/chats/${String(chatId)}`);
      await here.of('chat_deleted');
      const what = { chatId, ...place };
      expect(here.all('chat_reactions_updated', 'chat_edited', 'chat_deleted')).toEqual([
        { type: 'chat_reactions_updated', ...what, reactions: { '😂': 1 } },
        { type: 'chat_edited', ...what, content: 'Over there' },
        { type: 'chat_deleted', ...what },
      ]);
      expect((await rest.get(`/chats?threadId=${thread.id}`)).body).toEqual([chat]);
      expect((await rest.get(`/chats?channelId=${channel.id}&threadId=-1`)).body).toMatchObject([
        { content: 'Where do we eat?', threadId: null },
      ]);
    });

    it('stay where their source is deleted', async () => {
      const { clients, channel, source, thread } = await beginThread();
      const [here, there] = clients;
      expect(await server.rest('Moderator', ADMIN).delete(`/chats/${source.id}`)).toMatchObject({ status: 204 });
      await here.writes(channel.id, 'Still here', thread.id);
      expect(await there.chat(({ content }) => content === 'Still here')).toMatchObject({ threadId: thread.id });
    });

    it('need a source in their channel', async () => {
      const { clients, channel, rest } = await beginThread();
      const other = await freshChannel(server);
      const elsewhere = await clients[0].writes(other.id, 'elsewhere');
      for (const sourceChatId of [elsewhere.id, 2 ** 40]) {
        const answer = await rest.post(`/channels/${channel.id}/threads`, { sourceChatId, name: 'Nowhere' });
        expect(answer).toMatchObject({ status: 404, body: { details: { field: 'sourceChatId' } } });
      }
    });
  });

  describe('what is unknown', () => {
    it.each<[string, (place: { channelId: number; other: number; thread: number }) => JsonObject, string]>([
      ['a channel to write in', () => ({ type: 'chat_written', channelId: 2 ** 40, content: 'a' }), 'channelId'],
      ['a channel to type in', () => ({ type: 'chat_typing', channelId: 2 ** 40 }), 'channelId'],
      ['a chat', () => ({ type: 'chat_reaction', chatId: 2 ** 40, reaction: '😂', adding: true }), 'chatId'],
      [
        'a thread to write in',
        ({ channelId }) => ({ type: 'chat_written', channelId, threadId: 2 ** 40, content: 'a' }),
        'threadId',
      ],
      ['a thread to type in', ({ channelId }) => ({ type: 'chat_typing', channelId, threadId: 2 ** 40 }), 'threadId'],
      [
        'a thread of another channel to write in',
        ({ other: channelId, thread: threadId }) => ({ type: 'chat_written', channelId, threadId, content: 'a' }),
        'threadId',
      ],
      [
        'a thread of another channel to type in',
        ({ other: channelId, thread: threadId }) => ({ type: 'chat_typing', channelId, threadId }),
        'threadId',
      ],
    ])('is an error 404: %s', async (_what, frame, field) => {
      const [here, there] = await connectTwo();
      const [channel, other] = [await freshChannel(server), await freshChannel(server)];
      const { id: sourceChatId } = await here.writes(channel.id, 'source');
      const { body } = await admin.post(`/channels/${channel.id}/threads`, { sourceChatId, name: 'A' });
      here.send(frame({ channelId: channel.id, other: other.id, thread: body.id as number }));
      expect(await here.error()).toEqual({
        ...{ type: 'error', code: 404, message: expect.any(String) as string, details: { field } },
      });
      for (const { id } of [channel, other]) await here.writes(id, `marker ${id}`);
      await there.chat(({ content }) => content === `marker ${other.id}`);
      expect(there.all('chat_typing', 'chat_reactions_updated')).toEqual([]);
      expect(there.all('chat_sent')).toHaveLength(3);
    });

    it('is any dialog and group: by its number too', async () => {
      const [ann, ben] = freshUsers('Ann', 'Ben');
      const messaging = await server.connect(ann);
      await messaging.request('new', { chatId: ben, message: 'a secret' });
      await messaging.request('createChat', { name: 'us', participants: [ben] });
      const here = await server.connectConcord(ann);
      const { id } = await freshChannel(server);
      const { id: last } = await here.writes(id, 'the highest number');
      for (let number = 1; number < id; number += 1) {
        if ((await admin.get(`/channels/${number}`)).status === 200) continue;
        here.write(number, 'into the dark');
        expect(await here.error()).toMatchObject({ code: 404, details: { field: 'channelId' } });
      }
      here.react(last - 1, '😂');
      expect(await here.error()).toMatchObject({ code: 404, details: { field: 'chatId' } });
      expect(await server.rest(ann).get(`/chats/${last - 1}`)).toMatchObject({ status: 404 });
      expect((await server.rest(ann).get('/chats?query=secret')).body).toEqual([]);
    });
  });
});

import { randomBytes } from 'node:crypto';
import { historyOf } from '../support/broadcasts.js';
import type { ConcordClient } from '../support/concord-client.js';
import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { aText, aTime } from '../support/expectations.js';
import type { JsonObject } from '../support/fixtures.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';

interface Channel extends JsonObject {
  readonly id: number;
  readonly name: string;
  readonly ordinality: number;
}

interface Node extends Channel {
  readonly children: readonly Node[];
}

/** Different in each test; short, so that something may follow it. */
function freshName(): string {
  return `c-${randomBytes(4).toString('hex')}`;
}

describe('Channels over REST', () => {
  let server: TestServer;
  let rest: DocumentedRest;
  let watcher: ConcordClient;
  let admin: DocumentedRestClient;
  let user: DocumentedRestClient;
  let adminId: number;
  let name: string;
  const [boss, ann, eve] = freshUsers('Boss', 'Ann', 'Eve');

  beforeAll(async () => {
    server = await TestServer.start();
    rest = await DocumentedRest.over(server);
    admin = rest.as(boss, { roles: ['channels'] });
    user = rest.as(ann);
    adminId = (await admin.get<{ id: number }>('/self')).body.id;
    watcher = await server.connectConcord(eve);
  });

  afterAll(() => server.stop());

  beforeEach(() => {
    name = freshName();
  });

  const create = async (channel: object = {}): Promise<Channel> => {
    const { status, body } = await admin.post<Channel>('/channels', { name, ...channel });
    expect(status).toBe(201);
    return body;
  };
  const told = async (type: string, fits: (frame: JsonObject) => boolean): Promise<JsonObject> => {
    const frame = await watcher.of(type, fits);
    return frame;
  };
  const isAbout =
    (id: number) =>
    ({ channel, channelId }: JsonObject): boolean =>
      (channel as Channel | undefined)?.id === id || channelId === id;
  const failure = (code: number, field?: string): object => ({
    status: code,
    body: { code, message: aText, ...(field !== undefined && { details: { field } }) },
  });

  describe('POST /channels', () => {
    it('makes one of the name alone, and says so to everybody', async () => {
      const channel = await create();

      expect(channel).toEqual({
        id: expect.any(Number) as number,
        parentChannelId: null,
        ordinality: 0,
        name,
        description: null,
        capabilities: ['TEXT'],
        createdAt: aTime,
        createdByUserId: adminId,
      });
      expect(await told('channel_created', isAbout(channel.id))).toEqual({ type: 'channel_created', channel });
      expect((await user.get(`/channels/${channel.id}`)).body).toEqual(channel);
    });

    it('makes one with all that may be said of it', async () => {
      const parent = await create();
      const facts = {
        name: `${name}-below`,
        description: 'Что поесть? 😂',
        parentChannelId: parent.id,
        ordinality: -7,
        capabilities: ['TEXT', 'VOICE'],
      };
      const channel = await create({ ...facts, id: 1, createdByUserId: 99, unknown: [] });

      expect(channel).toEqual({
        ...facts,
        id: expect.any(Number) as number,
        createdAt: aTime,
        createdByUserId: adminId,
      });
    });

    it('makes a chat of messaging and a topic of realtime at once', async () => {
      const phone = await server.connect(ann);
      const screen = await server.connectRealtime(eve);
      await screen.subscribe(`chat.${name}`);
      const { id } = await create();
      const joined = await phone.request('joinChat', { name });
      await user.post(`/channels/${id}/chats`, { content: 'first' });

      expect(joined).toMatchObject({ type: 'channel', name });
      expect((await phone.event('new', ({ message }) => message === 'first')).payload).toMatchObject({ sender: ann });
      expect((await screen.of('Broadcast')).data).toMatchObject({
        topic: `chat.${name}`,
        payload: { message: 'first', attachments: [] },
      });
    });

    it('refuses a name that is taken, also of one who asks at the same time', async () => {
      const other = name.toUpperCase();
      const statuses = await Promise.all(
        [name, name, name, other].map(async (chosen) => (await admin.post('/channels', { name: chosen })).status),
      );

      expect(statuses.slice(0, 3).sort()).toEqual([201, 409, 409]);
      expect(statuses[3]).toBe(201);
      expect(await admin.post('/channels', { name })).toEqual(failure(409, 'name'));
    });

    it('is for who has the role, whatever is asked', async () => {
      for (const client of [user, rest.as(eve, { roles: ['moderator', 'Admin'] })]) {
        expect(await client.post('/channels', { name })).toEqual(failure(403));
        expect(await client.patch('/channels/1', { name })).toEqual(failure(403));
        expect(await client.delete('/channels/1')).toEqual(failure(403));
        expect(await client.patch('/channels/999999', { name })).toEqual(failure(403));
      }
      expect(await rest.as(eve, { roles: ['admin'] }).post('/channels', { name })).toMatchObject({ status: 201 });
    });

    it('knows no parent that is not there', async () => {
      expect(await admin.post('/channels', { name, parentChannelId: 999_999 })).toEqual(
        failure(404, 'parentChannelId'),
      );
    });

    it.each([
      ['1 character', 'x'],
      ['64 characters', 'x'.repeat(64)],
      ['all kinds of characters', 'aZ09_-'],
    ])('takes a name of %s', async (_what, chosen) => {
      const { status, body } = await admin.post<Channel>('/channels', { name: chosen });
      expect([status, body.name]).toEqual([201, chosen]);
    });
  });

  describe('GET /channels', () => {
    const find = (nodes: readonly Node[], id: number): Node | undefined =>
      nodes.reduce<Node | undefined>(
        (found, node) => found ?? (node.id === id ? node : find(node.children, id)),
        undefined,
      );
    const tree = async (client = user): Promise<readonly Node[]> =>
      (await client.get<readonly Node[]>('/channels')).body;

    it('has general from the first start, which nobody made', async () => {
      const [{ body: shown }, nodes] = [await user.get('/channels/1'), await tree()];

      expect(find(nodes, 1)).toEqual({ ...shown, children: find(nodes, 1)?.children });
      expect(shown).toEqual({
        id: 1,
        parentChannelId: null,
        ordinality: 0,
        name: 'general',
        description: aText,
        capabilities: ['TEXT'],
        createdAt: aTime,
        createdByUserId: 0,
      });
    });

    it('shows each below its parent, in the order of ordinality and then of names', async () => {
      const root = await create();
      const below = async (suffix: string, ordinality: number, parentChannelId = root.id): Promise<number> =>
        (await create({ name: `${name}-${suffix}`, ordinality, parentChannelId })).id;
      const last = await below('a', 2);
      const second = await below('z', 1);
      const first = await below('b', -1);
      const third = await below('b2', 2);
      const deep = await below('deep', 0, second);

      const family = find(await tree(), root.id)?.children ?? [];
      expect(family.map(({ id }) => id)).toEqual([first, second, last, third]);
      expect(family[1]?.children).toMatchObject([{ id: deep, parentChannelId: second, children: [] }]);
    });

    it('leaves out what the claim topics does not allow, and puts what is below at the root', async () => {
      const root = await create();
      const child = await create({ name: `${name}-child`, parentChannelId: root.id });
      const bound = rest.as(eve, { topics: { subscribe: [`chat.${name}-child`], publish: [] } });
      const shown = await tree(bound);

      expect(shown).toMatchObject([{ id: child.id, parentChannelId: root.id, children: [] }]);
      expect(await bound.get(`/channels/${root.id}`)).toEqual(failure(403, 'channelId'));
      expect(await bound.get('/channels/999999')).toEqual(failure(404, 'channelId'));
    });
  });

  describe('PATCH /channels/:id', () => {
    it('changes what is named and leaves the rest, and says so to everybody', async () => {
      const channel = await create({ description: 'old', ordinality: 3 });
      const changes = { description: 'new', capabilities: [] };
      const { status, body } = await admin.patch<Channel>(`/channels/${channel.id}`, changes);

      expect(status).toBe(200);
      expect(body).toEqual({ ...channel, ...changes });
      expect(await told('channel_updated', isAbout(channel.id))).toEqual({ type: 'channel_updated', channel: body });
    });

    it('takes the description and the parent away by null', async () => {
      const parent = await create();
      const child = await create({ name: `${name}-child`, description: 'x', parentChannelId: parent.id });
      const changes = { description: null, parentChannelId: null };
      const { body } = await admin.patch(`/channels/${child.id}`, changes);
      expect(body).toEqual({ ...child, ...changes });
    });

    it('renames it with all its history, in every dialect', async () => {
      const { id } = await create();
      const phone = await server.connect(ann);
      const { chatId } = await phone.request<{ chatId: string }>('joinChat', { name });
      await user.post(`/channels/${id}/chats`, { content: 'before' });
      await phone.event('new');
      await admin.patch(`/channels/${id}`, { name: `${name}-new` });
      const screen = await server.connectRealtime(eve);
      await screen.subscribe(`chat.${name}`, `chat.${name}-new`);
      await user.post(`/channels/${id}/chats`, { content: 'after' });

      const { payload } = await phone.event('chats', ({ chats }) => (chats as Channel[])[0]?.name === `${name}-new`);
      expect(payload).toMatchObject({ chats: [{ id: chatId, type: 'channel' }] });
      expect((await screen.of('Broadcast')).data).toMatchObject({ topic: `chat.${name}-new` });
      expect((await historyOf(screen, `chat.${name}-new`)).messages).toHaveLength(2);
      expect((await historyOf(screen, `chat.${name}`)).messages).toEqual([]);
      const { body } = await user.get<{ content: string }[]>(`/channels/${id}/chats/latest`);
      expect(body.map(({ content }) => content)).toEqual(['after', 'before']);
      expect(await phone.ask('joinChat', { name })).toMatchObject({ error: { code: 404 } });
    });

    it('frees the old name', async () => {
      const { id } = await create();
      await admin.patch(`/channels/${id}`, { name: `${name}-new` });
      const other = await create();

      expect(other.id).not.toBe(id);
      expect((await user.get(`/channels/${other.id}/chats/latest`)).body).toEqual([]);
      expect(await admin.patch(`/channels/${other.id}`, { name: `${name}-new` })).toEqual(failure(409, 'name'));
    });

    it('refuses to put one below itself or what is below it', async () => {
      const top = await create();
      const middle = await create({ name: `${name}-m`, parentChannelId: top.id });
      const bottom = await create({ name: `${name}-b`, parentChannelId: middle.id });

      for (const parentChannelId of [top.id, middle.id, bottom.id]) {
        expect(await admin.patch(`/channels/${top.id}`, { parentChannelId })).toEqual(failure(400, 'parentChannelId'));
      }
      expect(await admin.patch(`/channels/${top.id}`, { parentChannelId: 999_999 })).toEqual(
        failure(404, 'parentChannelId'),
      );
    });

    it('tells nobody where nothing changed', async () => {
      const channel = await create({ description: 'same' });
      await admin.patch(`/channels/${channel.id}`, { description: 'same', name });
      await admin.patch(`/channels/${channel.id}`, {});
      await admin.patch(`/channels/${channel.id}`, { ordinality: 9 });
      await told(
        'channel_updated',
        ({ channel: shown }) => (shown as Channel).id === channel.id && (shown as Channel).ordinality === 9,
      );

      expect(watcher.all('channel_updated').filter(isAbout(channel.id))).toHaveLength(1);
    });
  });

  describe('DELETE /channels/:id', () => {
    it('takes all below it, and everything in them, in every dialect', async () => {
      const top = await create();
      const child = await create({ name: `${name}-child`, parentChannelId: top.id });
      const phone = await server.connect(ann);
      const { chatId } = await phone.request<{ chatId: string }>('joinChat', { name: child.name });
      const chat = await user.post<{ id: number }>(`/channels/${child.id}/chats`, { content: 'lost' });
      const thread = await user.post<{ id: number }>(`/channels/${child.id}/threads`, {
        sourceChatId: chat.body.id,
        name: 'also lost',
      });
      await phone.event('new');

      expect(await admin.delete(`/channels/${top.id}`)).toEqual({ status: 204, body: null });
      for (const { id } of [top, child]) {
        expect(await told('channel_deleted', isAbout(id))).toEqual({ type: 'channel_deleted', channelId: id });
      }
      for (const path of [
        `/channels/${top.id}`,
        `/channels/${child.id}`,
        `/channels/${child.id}/chats/latest`,
        `/channels/${child.id}/threads`,
        `/chats/${chat.body.id}`,
        `/chats/${chat.body.id}/reactions`,
        `/chats?channelId=${child.id}`,
        `/chats?threadId=${thread.body.id}`,
      ]) {
        expect([path, (await user.get(path)).status]).toEqual([path, 404]);
      }
      expect((await user.get('/chats?query=lost')).body).toEqual([]);
      expect(await user.post(`/channels/${child.id}/chats`, { content: 'x' })).toEqual(failure(404, 'channelId'));
      expect(
        (await phone.event('chats', ({ chats }) => (chats as { removed?: true }[])[0]?.removed === true)).payload,
      ).toMatchObject({
        chats: [{ id: chatId, removed: true }],
      });
      expect(await phone.ask('chat', { chatId })).toMatchObject({ error: { code: 404 } });
      expect(await admin.delete(`/channels/${top.id}`)).toEqual(failure(404, 'channelId'));
    });

    it('is 409 for the default channel and for what it is below', async () => {
      const top = await create();
      const child = await create({ name: `${name}-child`, parentChannelId: top.id });
      await admin.patch('/server', { defaultChannelId: child.id });

      for (const { id } of [top, child]) expect(await admin.delete(`/channels/${id}`)).toMatchObject(failure(409));
      expect(await user.get(`/channels/${child.id}`)).toMatchObject({ status: 200 });
      await admin.patch('/server', { defaultChannelId: 1 });
      expect(await admin.delete(`/channels/${top.id}`)).toMatchObject({ status: 204 });
    });

    it('frees the name for another, which has nothing of the old one', async () => {
      const old = await create();
      await user.post(`/channels/${old.id}/chats`, { content: 'old' });
      await admin.delete(`/channels/${old.id}`);
      const next = await create();

      expect(next.id).not.toBe(old.id);
      expect((await user.get(`/channels/${next.id}/chats/latest`)).body).toEqual([]);
    });
  });

  describe('/server', () => {
    it('shows the server, and changes what is named', async () => {
      expect(await user.get('/server')).toEqual({
        status: 200,
        body: { name: aText, description: null, iconId: null, defaultChannelId: 1 },
      });
      const changes = { name: 'Our place', description: 'Talk to each other', iconId: 7 };

      expect(await admin.patch('/server', changes)).toEqual({ status: 200, body: { ...changes, defaultChannelId: 1 } });
      expect(await admin.patch('/server', { description: null, iconId: null })).toMatchObject({ status: 200 });
      expect((await user.get('/server')).body).toEqual({
        name: 'Our place',
        description: null,
        iconId: null,
        defaultChannelId: 1,
      });
    });

    it('is changed by who has the role alone', async () => {
      expect(await user.patch('/server', { name: 'Mine' })).toEqual(failure(403));
    });

    it('knows no default channel that is not there', async () => {
      expect(await admin.patch('/server', { defaultChannelId: 999_999 })).toEqual(failure(404, 'defaultChannelId'));
    });
  });

  describe('/channels/:id/threads', () => {
    const chatIn = async (id: number, content = 'source'): Promise<number> =>
      (await user.post<{ id: number }>(`/channels/${id}/chats`, { content })).body.id;

    it('begins one with a chat, and says so to everybody', async () => {
      const { id } = await create();
      const sourceChatId = await chatIn(id);
      const { status, body: thread } = await user.post(`/channels/${id}/threads`, { sourceChatId, name: 'About it' });
      const { body: self } = await user.get('/self');

      expect(status).toBe(201);
      expect(thread).toEqual({
        id: expect.any(Number) as number,
        channelId: id,
        sourceChatId,
        creatorId: self.id,
        createdAt: aTime,
        name: 'About it',
      });
      expect(await told('thread_created', (frame) => (frame.thread as Channel).id === thread.id)).toEqual({
        type: 'thread_created',
        thread,
      });
    });

    it('lists them newest first, by pages', async () => {
      const { id } = await create();
      const threads = [];
      for (const index of [0, 1, 2, 3, 4]) {
        const sourceChatId = await chatIn(id, `source ${index}`);
        const { body } = await user.post(`/channels/${id}/threads`, { sourceChatId, name: `thread ${index}` });
        threads.unshift(body);
      }

      expect((await user.get(`/channels/${id}/threads`)).body).toEqual(threads);
      expect((await user.get(`/channels/${id}/threads?size=2`)).body).toEqual(threads.slice(0, 2));
      expect((await user.get(`/channels/${id}/threads?size=2&page=2`)).body).toEqual(threads.slice(4));
      expect((await user.get(`/channels/${id}/threads?size=2&page=3`)).body).toEqual([]);
    });

    it('has one of a chat', async () => {
      const { id } = await create();
      const thread = { sourceChatId: await chatIn(id), name: 'one' };
      const asked = [thread, thread].map((body) => user.post(`/channels/${id}/threads`, body));

      expect((await Promise.all(asked)).map(({ status }) => status).sort()).toEqual([201, 409]);
    });

    it('knows no source in another channel, nor one that is deleted, nor another channel', async () => {
      const [here, there] = [await create(), await create({ name: `${name}-2` })];
      const [elsewhere, deleted] = [await chatIn(there.id), await chatIn(here.id)];
      await user.delete(`/chats/${deleted}`);
      const unknown = failure(404, 'sourceChatId');

      for (const sourceChatId of [elsewhere, deleted, 999_999_999]) {
        expect(await user.post(`/channels/${here.id}/threads`, { sourceChatId, name: 'x' })).toEqual(unknown);
      }
      expect(await user.post('/channels/999999/threads', { sourceChatId: elsewhere, name: 'x' })).toEqual(
        failure(404, 'channelId'),
      );
    });

    it('keeps one whose source is deleted', async () => {
      const { id } = await create();
      const sourceChatId = await chatIn(id);
      const { body: thread } = await user.post<Channel>(`/channels/${id}/threads`, { sourceChatId, name: 'stays' });
      await user.delete(`/chats/${sourceChatId}`);
      const written = await user.post(`/channels/${id}/chats`, { content: 'still', threadId: thread.id });

      expect(written).toMatchObject({ status: 201, body: { threadId: thread.id } });
      expect((await user.get(`/channels/${id}/threads`)).body).toEqual([thread]);
    });
  });

  describe('/users', () => {
    it('lists who was seen, the newest first, by pages, and finds them by part of a name in whatever case', async () => {
      const names = freshUsers('Uma', 'Uwe', 'Udo');
      const [mark = ''] = names[0].split('-').slice(1);
      const ids = [];
      for (const each of names)
        ids.unshift((await rest.as(each, { name: `The ${each}` }).get<Channel>('/self')).body.id);
      const listed = async (query: string): Promise<unknown[]> => {
        const { body } = await user.get<readonly Channel[]>(`/users?${query}`);
        return body.map(({ id }) => id);
      };

      expect(await listed('size=3')).toEqual(ids);
      expect(await listed(`query=${mark.toUpperCase()}`)).toEqual(ids);
      expect(await listed(`query=${encodeURIComponent(`the u`)}`)).toEqual(ids);
      expect(await listed(`query=${mark}&size=2&page=1`)).toEqual(ids.slice(2));
      expect(await listed(`query=${mark}&page=9`)).toEqual([]);
      expect(await listed('query=%25')).toEqual([]);
      expect(await listed('query=_ma-')).toEqual([]);
      expect(await listed('query=\\')).toEqual([]);
    });

    it('leaves out who was only written to', async () => {
      const [ghost] = freshUsers('Ghost');
      await (await server.connect(ann)).request('new', { chatId: ghost, message: 'boo' });
      expect((await user.get(`/users?query=${ghost}`)).body).toEqual([]);
    });

    it('shows one by its id, as it is listed', async () => {
      const { body: self } = await user.get('/self');
      expect(await admin.get(`/users/${String(self.id)}`)).toMatchObject({ status: 200, body: { username: ann } });
      expect(await admin.get('/users/999999')).toMatchObject(failure(404));
    });
  });
});

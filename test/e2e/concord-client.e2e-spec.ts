import { once } from 'node:events';
import { WebSocket } from 'ws';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';

type Json = Record<string, unknown>;

interface Channel {
  readonly id: number;
  readonly name: string;
  readonly children: readonly Channel[];
}

interface Chat extends Json {
  readonly id: number;
  readonly content: string;
}

/**
 * Concord's own client for scripts, as one would write it who has read the document and nothing else: `fetch`, a WebSocket, and what
 * comes is kept by its ids.
 */
class ScriptClient {
  readonly frames: Json[] = [];
  readonly chats = new Map<number, Chat>();
  private readonly socket: WebSocket;

  private constructor(
    private readonly api: string,
    private readonly token: string,
  ) {
    this.socket = new WebSocket(`${api.replace('http', 'ws').replace('/api', '')}/client?token=${token}`);
    this.socket.on('message', (data: Buffer) => {
      this.take(JSON.parse(data.toString()) as Json);
    });
  }

  static async signUp(origin: string, username: string, password: string): Promise<ScriptClient> {
    const api = `${origin}/api`;
    await ask(`${api}/users/register`, 'POST', { username, password });
    const { token } = await ask<{ token: string }>(`${api}/tokens`, 'POST', { username, password });
    const client = new ScriptClient(api, token);
    await once(client.socket, 'open');
    return client;
  }

  ask<T = Json>(method: string, path: string, body?: object): Promise<T> {
    return ask<T>(this.api + path, method, body, this.token);
  }

  send(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The next frame of the type; it is not found again. */
  async frame(type: string): Promise<Json> {
    for (;;) {
      const place = this.frames.findIndex((frame) => frame.type === type);
      const [found] = place < 0 ? [] : this.frames.splice(place, 1);
      if (found) return found;
      await once(this.socket, 'message');
    }
  }

  async close(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }

  private take(frame: Json): void {
    this.frames.push(frame);
    const { type, chat, chatId, content, reactions } = frame as Json & { chat: Chat; chatId: number };
    const known = this.chats.get(chatId);
    if (type === 'chat_sent') this.chats.set(chat.id, chat);
    if (type === 'chat_deleted') this.chats.delete(chatId);
    if (type === 'chat_edited' && known) this.chats.set(chatId, { ...known, content: content as string, edited: true });
    if (type === 'chat_reactions_updated' && known) this.chats.set(chatId, { ...known, reactions });
  }
}

async function ask<T>(url: string, method: string, body?: object, token?: string): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${url} was answered ${response.status} ${await response.text()}`);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

describe("concord's own client", () => {
  let server: TestServer;
  let ann: ScriptClient;
  let ben: ScriptClient;
  let names: readonly [string, string];
  let general: number;

  beforeAll(async () => {
    server = await TestServer.start();
    names = freshUsers('Ann', 'Ben');
    ann = await ScriptClient.signUp(server.httpOrigin, names[0], 'correct horse');
    ben = await ScriptClient.signUp(server.httpOrigin, names[1], 'battery staple');
    general = (await ann.ask<{ defaultChannelId: number }>('GET', '/server')).defaultChannelId;
  });

  afterAll(async () => {
    await Promise.all([ann.close(), ben.close()]);
    await server.stop();
  });

  const latest = (client: ScriptClient): Promise<Chat[]> => client.ask('GET', `/channels/${general}/chats/latest`);

  async function written(content: string, more: Json = {}): Promise<Chat> {
    ann.send({ type: 'chat_written', channelId: general, threadId: null, sentAt: Date.now(), content, ...more });
    const [hers, his] = [await ann.frame('chat_sent'), await ben.frame('chat_sent')];
    expect(hers).toEqual(his);
    return hers.chat as Chat;
  }

  it('finds itself among the users, newest first', async () => {
    const users = await ann.ask<Json[]>('GET', '/users?page=0&size=2');
    expect(users.map(({ username }) => username)).toEqual([...names].reverse());
    expect(users).toContainEqual(await ann.ask('GET', '/self'));
    expect(users[0]).toEqual({
      id: expect.any(Number) as number,
      username: names[1],
      profile: { createdAt: expect.any(Number) as number, nickname: names[1], bio: null, avatarId: null },
      status: { onlineStatus: 'ONLINE' },
    });
  });

  it("finds the server's default channel in the tree", async () => {
    const channels = await ann.ask<Channel[]>('GET', '/channels');
    expect(channels.map(({ id, name }) => [id, name])).toEqual([[general, 'general']]);
    expect(await ann.ask('GET', `/channels/${general}`)).toEqual(expect.objectContaining({ name: 'general' }));
  });

  it('writes, and finds what was written among the latest', async () => {
    const chat = await written('Hello, this is my message!');
    const { id: authorId } = await ann.ask<{ id: number }>('GET', '/self');
    expect(chat).toEqual({
      id: expect.any(Number) as number,
      createdAt: expect.any(Number) as number,
      authorId,
      channelId: general,
      threadId: null,
      content: 'Hello, this is my message!',
      edited: false,
      reactions: {},
    });
    expect((await latest(ben))[0]).toEqual(chat);
    expect(await ben.ask('GET', `/chats/${chat.id}`)).toEqual(chat);
  });

  it('reacts, and both see the count', async () => {
    const { id: chatId } = await written('React!');
    for (const client of [ann, ben]) {
      client.send({ type: 'chat_reaction', chatId, reaction: '😂', adding: true });
      const updates = [await ann.frame('chat_reactions_updated'), await ben.frame('chat_reactions_updated')];
      expect(updates[0]).toEqual(updates[1]);
    }
    expect(ben.chats.get(chatId)).toMatchObject({ reactions: { '😂': 2 } });
    expect(await ben.ask('GET', `/chats/${chatId}`)).toEqual(ben.chats.get(chatId));
  });

  it('edits and deletes over REST, and both see it', async () => {
    const { id } = await written('Soup');
    const edited = await ann.ask('PATCH', `/chats/${id}`, { content: 'Salad' });
    const place = { chatId: id, channelId: general, threadId: null };
    for (const client of [ann, ben]) {
      expect(await client.frame('chat_edited')).toEqual({ type: 'chat_edited', ...place, content: 'Salad' });
      expect(client.chats.get(id)).toEqual(edited);
    }
    await ann.ask('DELETE', `/chats/${id}`);
    for (const client of [ann, ben]) {
      expect(await client.frame('chat_deleted')).toEqual({ type: 'chat_deleted', ...place });
    }
    expect((await latest(ben)).map((chat) => chat.id)).not.toContain(id);
  });

  it('begins a thread and writes in it', async () => {
    const { id: sourceChatId } = await written('Where do we eat?');
    const fields = { sourceChatId, name: 'Where' };
    const thread = await ben.ask<{ id: number }>('POST', `/channels/${general}/threads`, fields);
    for (const client of [ann, ben])
      expect(await client.frame('thread_created')).toEqual({ type: 'thread_created', thread });
    expect(await ann.ask('GET', `/channels/${general}/threads`)).toEqual([thread]);

    const chat = await written('Here', { threadId: thread.id });
    expect(chat).toMatchObject({ channelId: general, threadId: thread.id });
    expect(await ben.ask('GET', `/chats?threadId=${thread.id}`)).toEqual([chat]);
    expect(await ben.ask<Chat[]>('GET', `/chats?channelId=${general}&threadId=-1`)).not.toContainEqual(chat);
  });

  it('sees the other typing', async () => {
    ben.send({ type: 'chat_typing', channelId: general, threadId: null, sentAt: Date.now() });
    const { id: userId } = await ben.ask<{ id: number }>('GET', '/self');
    expect(await ann.frame('chat_typing')).toEqual({
      type: 'chat_typing',
      userId,
      channelId: general,
      threadId: null,
      sentAt: expect.any(Number) as number,
    });
  });

  it('has, by the frames that came, what the server has', async () => {
    await written('The last one');
    const shown = new Map((await latest(ann)).map((chat) => [chat.id, chat]));
    for (const client of [ann, ben]) expect(client.chats).toEqual(shown);
    for (const client of [ann, ben]) expect(client.frames.filter(({ type }) => type === 'error')).toEqual([]);
  });

  it('goes on with a token that is as good as new', async () => {
    const { token } = await ann.ask<{ token: string }>('GET', '/tokens/recycle');
    expect(await ask(`${server.httpOrigin}/api/self`, 'GET', undefined, token)).toEqual(await ann.ask('GET', '/self'));
  });
});

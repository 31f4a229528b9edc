import { once } from 'node:events';
import { makeChannel, post, postAll, summaryOf, textsIn, toldOf, toldUntilNow } from '../support/channels.js';
import type { ConcordChat, ConcordClient, ConcordConnectOptions } from '../support/concord-client.js';
import { onServer } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { ADMIN } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RestClient } from '../support/rest-client.js';

const MAX_FRAMES = 12;

let server: TestServer;
let admin: RestClient;
let writer: RestClient;
let ann: string;

beforeAll(async () => {
  server = await TestServer.start({ RESUME_MAX_FRAMES: String(MAX_FRAMES) });
  admin = server.rest('Admin', ADMIN);
});

afterAll(() => server.stop());

beforeEach(() => {
  const [user, ben] = freshUsers('Ann', 'Ben');
  ann = user;
  writer = server.rest(ben);
});

const connect = (options: ConcordConnectOptions = {}): Promise<ConcordClient> => server.connectConcord(ann, options);

/** Ann has been here. */
const visit = async (options: ConcordConnectOptions = {}): Promise<void> => {
  await (await connect(options)).close();
};

/** What one who has had it is told again of the channel. */
const toldAgain = async (channelId: number, options: ConcordConnectOptions = {}): Promise<[string, unknown][]> => {
  const back = await connect(options);
  const told = (await toldUntilNow(back, writer, channelId)).map(summaryOf);
  await back.close();
  return told;
};

/** Goes once the server knows that it has all that it was told so far, with a chat that now comes to it. */
const confirm = async (client: ConcordClient, channelId: number): Promise<void> => {
  const last = await post(writer, channelId, 'the last word');
  await client.hasConfirmed(await client.of('chat_sent', ({ chat }) => (chat as ConcordChat).id === last.id));
  await client.close();
};

/** The payload of the next ping that asks for a position. */
const nextPing = async (client: ConcordClient): Promise<Buffer> => {
  for (;;) {
    const [payload] = (await once(client.socket, 'ping')) as [Buffer];
    if (payload.length > 0) return payload;
  }
};

describe('a client that comes back in time', () => {
  it('gets what was written meanwhile, in order and before what is newer', async () => {
    const { id } = await makeChannel(admin);
    await visit();
    await postAll(writer, id, ['a', 'b', 'c']);

    const back = await connect();
    await postAll(writer, id, ['d', 'e']);
    await back.chat(({ content }) => content === 'e');
    expect(textsIn(back, id)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('gets each channel’s chats in the channel’s order', async () => {
    const channels = [await makeChannel(admin), await makeChannel(admin)];
    await visit();
    for (const text of ['1', '2', '3', '4']) for (const { id } of channels) await post(writer, id, text);

    const back = await connect();
    for (const { id } of channels) {
      await toldUntilNow(back, writer, id);
      expect(textsIn(back, id).slice(0, 4)).toEqual(['1', '2', '3', '4']);
    }
  });

  it('gets what it wrote itself over a connection that went before it came back', async () => {
    const { id } = await makeChannel(admin);
    // However long that takes: it has not had what it wrote.
    const first = await connect({ deaf: true });
    first.write(id, 'my own');
    await eventually(async () => {
      const { body } = await writer.get<unknown[]>(`/channels/${id}/chats/latest`);
      return body.length > 0 || undefined;
    }, 'the chat');
    first.socket.terminate();
    expect(await toldAgain(id)).toContainEqual(['chat_sent', 'my own']);
  });

  it('is told of a text that a message was given meanwhile as of an edit', async () => {
    const { id, name } = await makeChannel(admin);
    const first = await connect();
    const author = await server.connect('Author');
    const { chatId } = await author.request('joinChat', { name });
    const attachments = [{ type: 'file', id: 'f1', filename: 'a.txt', url: 'https://example.com/a.txt' }];
    const { messageId } = await author.request('new', { chatId, attachments });
    await post(writer, id, 'newer');
    await first.hasConfirmed(await first.of('chat_sent', (frame) => summaryOf(frame)[1] === 'newer'));
    await first.close();
    await author.request('edit', { chatId, messageId, message: 'at last' });

    const [edit] = await toldUntilNow(await connect(), writer, id);
    const { body: chats } = await writer.get<{ id: number; content: string }[]>(`/channels/${id}/chats/latest`);
    const chat = chats.find(({ content }) => content === 'at last');
    const place = { channelId: id, threadId: null };
    expect(edit).toEqual({ type: 'chat_edited', chatId: chat?.id, ...place, content: 'at last' });
  });

  it('is told of what it had as it stands now', async () => {
    const { id } = await makeChannel(admin);
    const first = await connect();
    const [edited, deleted, reacted] = (await postAll(writer, id, ['edited', 'deleted', 'reacted'])).map(
      (chat) => chat.id,
    );
    await first.hasConfirmed(await first.of('chat_sent', (frame) => summaryOf(frame)[1] === 'reacted'));
    await first.close();
    await writer.patch(`/chats/${edited}`, { content: 'once' });
    await writer.patch(`/chats/${edited}`, { content: 'twice' });
    await writer.delete(`/chats/${deleted}`);
    for (const reaction of ['👍', '😂']) await writer.post(`/chats/${reacted}/reactions`, { reaction, adding: true });
    await writer.post(`/chats/${reacted}/reactions`, { reaction: '👍', adding: false });

    const told = await toldUntilNow(await connect(), writer, id);
    expect(told.filter(({ type }) => type === 'chat_sent')).toEqual([]);
    const last = (type: string) => told.findLast((frame) => frame.type === type);
    const place = { channelId: id, threadId: null };
    expect(last('chat_edited')).toEqual({ type: 'chat_edited', chatId: edited, ...place, content: 'twice' });
    expect(last('chat_deleted')).toEqual({ type: 'chat_deleted', chatId: deleted, ...place });
    const reactions = { '😂': 1 };
    expect(last('chat_reactions_updated')).toEqual({
      type: 'chat_reactions_updated',
      chatId: reacted,
      ...place,
      reactions,
    });
  });

  it('gets what it had not as it stands now: once, or as a deletion', async () => {
    const { id } = await makeChannel(admin);
    await visit();
    const [edited, deleted, reacted] = (await postAll(writer, id, ['edited', 'deleted', 'reacted'])).map(
      (chat) => chat.id,
    );
    await writer.patch(`/chats/${edited}`, { content: 'by now' });
    await writer.delete(`/chats/${deleted}`);
    await writer.post(`/chats/${reacted}/reactions`, { reaction: '👍', adding: true });

    const told = await toldUntilNow(await connect(), writer, id);
    expect(told).toMatchObject([
      { type: 'chat_sent', chat: { id: edited, content: 'by now', edited: true } },
      { type: 'chat_deleted', chatId: deleted },
      { type: 'chat_sent', chat: { id: reacted, content: 'reacted', edited: false, reactions: { '👍': 1 } } },
    ]);
  });

  it('is told of threads and of what was written in them', async () => {
    const { id } = await makeChannel(admin);
    const source = await post(writer, id, 'source');
    await visit();
    const { body: thread } = await writer.post<{ id: number }>(`/channels/${id}/threads`, {
      sourceChatId: source.id,
      name: 'about it',
    });
    await post(writer, id, 'within', { threadId: thread.id });

    const told = await toldUntilNow(await connect(), writer, id);
    expect(told).toMatchObject([
      { type: 'thread_created', thread: { ...thread, sourceChatId: source.id, name: 'about it' } },
      { type: 'chat_sent', chat: { content: 'within', threadId: thread.id } },
    ]);
  });

  it('is told of channels that were made, changed and deleted, with what was written in them', async () => {
    const [renamed, doomed] = [await makeChannel(admin), await makeChannel(admin)];
    await visit();
    const made = await makeChannel(admin);
    await post(writer, made.id, 'the first');
    await admin.patch(`/channels/${renamed.id}`, { name: `${renamed.name}-2`, description: 'new' });
    await post(writer, doomed.id, 'the last');
    await admin.delete(`/channels/${doomed.id}`);

    const back = await connect();
    await back.of('channel_deleted', ({ channelId }) => channelId === doomed.id);
    expect((await toldUntilNow(back, writer, made.id)).map(summaryOf)).toEqual([
      ['channel_created', made.name],
      ['chat_sent', 'the first'],
    ]);
    expect(await toldUntilNow(back, writer, renamed.id)).toEqual([
      {
        type: 'channel_updated',
        channel: { ...renamed, name: `${renamed.name}-2`, description: 'new' },
      },
    ]);
    expect(toldOf(back, doomed.id).at(-1)).toEqual({ type: 'channel_deleted', channelId: doomed.id });
  });

  it('is told of a channel that was made and changed by one frame with its fields of now', async () => {
    await visit();
    const made = await makeChannel(admin);
    await admin.patch(`/channels/${made.id}`, { description: 'new' });
    expect(await toldUntilNow(await connect(), writer, made.id)).toEqual([
      { type: 'channel_created', channel: { ...made, description: 'new' } },
    ]);
  });

  it('is told nothing of a channel that came and went while it was away', async () => {
    const { id } = await makeChannel(admin);
    await visit();
    const { id: brief } = await makeChannel(admin);
    await post(writer, brief, 'nobody will read it');
    await admin.delete(`/channels/${brief}`);
    const back = await connect();
    await toldUntilNow(back, writer, id);
    expect(toldOf(back, brief).filter(({ type }) => type !== 'channel_deleted')).toEqual([]);
  });

  it('is not told of what its token does not allow, nor that it is there', async () => {
    const [open, closed] = [await makeChannel(admin), await makeChannel(admin)];
    const claims = { topics: { subscribe: [`chat.${open.name}`], publish: [] } };
    await (await server.connectConcord(ann, { claims })).close();
    for (const { id } of [closed, open]) await post(writer, id, 'hello');
    await admin.patch(`/channels/${closed.id}`, { description: 'new' });

    const back = await server.connectConcord(ann, { claims });
    expect((await toldUntilNow(back, writer, open.id)).map(summaryOf)).toEqual([['chat_sent', 'hello']]);
    expect(toldOf(back, closed.id)).toEqual([]);
  });
});

describe('a client that answers no pings', () => {
  it('is sent all of it again, again and again, until it answers one', async () => {
    const { id } = await makeChannel(admin);
    const deaf = await connect({ deaf: true });
    const asked = nextPing(deaf);
    await postAll(writer, id, ['a', 'b']);
    await deaf.chat(({ content }) => content === 'b');
    await asked;
    await deaf.vanish();
    const stillDeaf = await connect({ deaf: true });
    await stillDeaf.chat(({ content }) => content === 'b');
    await stillDeaf.close();

    const hearing = await connect();
    await hearing.hasConfirmed(await hearing.of('chat_sent', (frame) => summaryOf(frame)[1] === 'b'));
    expect(textsIn(hearing, id)).toEqual(['a', 'b']);
    await hearing.close();
    expect(await toldAgain(id)).toEqual([]);
  });

  it('is sent again only what came after the ping that it answered', async () => {
    const { id } = await makeChannel(admin);
    const deaf = await connect({ deaf: true });
    let asked = nextPing(deaf);
    await postAll(writer, id, ['a', 'b']);
    await deaf.chat(({ content }) => content === 'b');
    const first = await asked;
    asked = nextPing(deaf);
    deaf.socket.pong(first);
    await post(writer, id, 'c');
    await deaf.chat(({ content }) => content === 'c');
    deaf.socket.pong(await asked);
    await deaf.settled();
    await post(writer, id, 'd');
    await deaf.chat(({ content }) => content === 'd');
    await deaf.vanish();
    expect(await toldAgain(id)).toEqual([['chat_sent', 'd']]);
  });

  it('is sent again how channels and threads stand, too', async () => {
    const { id, name } = await makeChannel(admin);
    const source = await post(writer, id, 'source');
    const deaf = await connect({ deaf: true });
    await admin.patch(`/channels/${id}`, { description: 'new' });
    await writer.post(`/channels/${id}/threads`, { sourceChatId: source.id, name: 'thread' });
    await deaf.of('thread_created');
    await deaf.vanish();
    expect(await toldAgain(id)).toEqual(
      expect.arrayContaining([
        ['channel_updated', name],
        ['thread_created', 'thread'],
      ]),
    );
  });

  it('is sent again that a channel is gone', async () => {
    const [{ id: doomed }, { id }] = [await makeChannel(admin), await makeChannel(admin)];
    const deaf = await connect({ deaf: true });
    await post(writer, doomed, 'the last');
    await admin.delete(`/channels/${doomed}`);
    await deaf.of('channel_deleted');
    await deaf.vanish();
    const back = await connect();
    await back.of('channel_deleted', ({ channelId }) => channelId === doomed);
    await confirm(back, id);

    const again = await connect();
    await toldUntilNow(again, writer, id);
    expect(toldOf(again, doomed)).toEqual([]);
  });
});

describe('a client that had it all', () => {
  it('is sent nothing again', async () => {
    const { id } = await makeChannel(admin);
    const first = await connect();
    const chat = await post(writer, id, 'a');
    await writer.patch(`/chats/${chat.id}`, { content: 'b' });
    await first.hasConfirmed(await first.of('chat_edited'));
    await first.close();
    expect(await toldAgain(id)).toEqual([]);
  });

  it('is not sent its own doing again that came back to it', async () => {
    const { id } = await makeChannel(admin);
    const first = await connect();
    await first.writes(id, 'mine');
    await confirm(first, id);
    expect(await toldAgain(id)).toEqual([]);
  });
});

describe('a device', () => {
  it('that was never seen begins from now', async () => {
    const { id } = await makeChannel(admin);
    await postAll(writer, id, ['before', 'it came']);
    await visit({ query: { device: 'phone' } });
    await post(writer, id, 'still before');
    expect(await toldAgain(id, { query: { device: 'tablet' } })).toEqual([]);
  });

  it('has its own place', async () => {
    const { id } = await makeChannel(admin);
    const [phone, tablet] = [{ query: { device: 'phone' } }, { query: { device: 'tablet' } }];
    await visit(phone);
    const hearing = await connect(tablet);
    await postAll(writer, id, ['a', 'b']);
    await hearing.hasConfirmed(await hearing.of('chat_sent', (frame) => summaryOf(frame)[1] === 'b'));
    await hearing.close();
    expect(await toldAgain(id, tablet)).toEqual([]);
    expect((await toldAgain(id, phone)).slice(0, 2)).toEqual([
      ['chat_sent', 'a'],
      ['chat_sent', 'b'],
    ]);
  });

  it('is replaced by a newer connection of the same name, which gets the rest', async () => {
    const { id } = await makeChannel(admin);
    const named = { query: { device: 'phone' } };
    const old = await connect({ ...named, deaf: true });
    await post(writer, id, 'a');
    await old.chat();
    const back = await connect(named);
    expect(await old.closed).toMatchObject({ code: 4409 });
    await post(writer, id, 'b');
    await back.chat(({ content }) => content === 'b');
    expect(textsIn(back, id)).toEqual(['a', 'b']);
  });
});

describe('a client that comes back too late', () => {
  /** It was away for so long, as far as the server knows. */
  const wasAwayFor = async (ms: number): Promise<void> => {
    const lastSeen = (): Promise<number> =>
      onServer(server.database.url, async (client) => {
        const { rows } = await client.query<{ last_seen: string }>(
          `select last_seen from devices where user_id = $1 and dialect = 'concord'`,
          [ann],
        );
        return Number(rows[0]?.last_seen);
      });
    const client = await connect();
    const begun = await lastSeen();
    await client.close();
    await eventually(async () => ((await lastSeen()) > begun ? true : undefined), 'the note of its going');
    await onServer(server.database.url, (database) =>
      database.query(`update devices set last_seen = last_seen - $2::bigint where user_id = $1`, [ann, ms]),
    );
  };

  it('gets nothing old, and all from then on', async () => {
    const { id } = await makeChannel(admin);
    await wasAwayFor(401_000);
    await postAll(writer, id, ['a', 'b']);
    const back = await connect();
    expect(await toldUntilNow(back, writer, id)).toEqual([]);
    await confirm(back, id);
    await post(writer, id, 'c');
    expect(await toldAgain(id)).toEqual([['chat_sent', 'c']]);
  });

  it('gets what it missed where it is just in time', async () => {
    const { id } = await makeChannel(admin);
    await wasAwayFor(290_000);
    await post(writer, id, 'a');
    expect(await toldAgain(id)).toEqual([['chat_sent', 'a']]);
  });

  it('is not told again of a channel that was deleted long ago', async () => {
    const [{ id: doomed }, { id }] = [await makeChannel(admin), await makeChannel(admin)];
    await wasAwayFor(401_000);
    await admin.delete(`/channels/${doomed}`);
    const back = await connect();
    await toldUntilNow(back, writer, id);
    expect(toldOf(back, doomed)).toEqual([]);
  });
});

describe('a client that missed more than it may be sent', () => {
  const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => `${n}`);

  it('gets the newest', async () => {
    const { id } = await makeChannel(admin);
    await visit();
    await postAll(writer, id, numbers(MAX_FRAMES * 2));
    const told = await toldAgain(id);
    expect(told.map(([, text]) => text)).toEqual(numbers(MAX_FRAMES * 2).slice(-MAX_FRAMES));
  });

  it('gets no more of all channels together, and from each the newest', async () => {
    const [first, second] = [await makeChannel(admin), await makeChannel(admin)];
    await visit();
    for (const { id } of [first, second]) await postAll(writer, id, numbers(MAX_FRAMES));
    const back = await connect();
    const told = [await toldUntilNow(back, writer, first.id), await toldUntilNow(back, writer, second.id)];
    const newest = numbers(MAX_FRAMES).slice(-MAX_FRAMES / 2);
    expect(told.map((frames) => frames.map((frame) => summaryOf(frame)[1]))).toEqual([newest, newest]);
  });

  it('gets all of it where it is no more than that', async () => {
    const { id } = await makeChannel(admin);
    await visit();
    await postAll(writer, id, numbers(MAX_FRAMES));
    expect(await toldAgain(id)).toHaveLength(MAX_FRAMES);
  });
});

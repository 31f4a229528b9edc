import type { ShownChannel } from '../../src/domain/shown-channel.js';
import { joinChannel, makeChannel, post, postAll } from '../support/channels.js';
import type { ConcordClient } from '../support/concord-client.js';
import { arrival, arrivedTexts, history, sendText } from '../support/conversation.js';
import { eventually } from '../support/eventually.js';
import { failure } from '../support/expectations.js';
import type { JsonObject } from '../support/fixtures.js';
import { ADMIN } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import type { ConnectOptions, Frame, MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { RestClient } from '../support/rest-client.js';

let server: TestServer;
let admin: RestClient;
let channel: ShownChannel;
let chatId: string;
let ann: string;
let ben: string;
let cid: string;
/** Ann's, who has joined. */
let member: MessagingClient;
/** Ben's, who has not. */
let visitor: RestClient;

beforeAll(async () => {
  server = await TestServer.start();
  admin = server.rest('Admin', ADMIN);
});

afterAll(() => server.stop());

beforeEach(async () => {
  [ann, ben, cid] = freshUsers('Ann', 'Ben', 'Cid');
  channel = await makeChannel(admin);
  member = await server.connect(ann, { acks: true });
  chatId = await joinChannel(member, { name: channel.name });
  visitor = server.rest(ben);
});

const join = async (user: string, options: ConnectOptions = {}): Promise<MessagingClient> => {
  const client = await server.connect(user, { acks: true, ...options });
  await joinChannel(client, { name: channel.name });
  return client;
};

const missed = async (client: MessagingClient): Promise<unknown> =>
  (await client.request<{ missed: number }>('chat', { chatId })).missed;

/** Of each `new` so far: its text and what it said was missed. */
const counted = (client: MessagingClient): unknown[] =>
  client.events('new').map(({ payload }) => [payload?.message, payload?.missed]);

/** It is told that the channel is none of its user's chats any more. */
const removal = (client: MessagingClient): Promise<Frame> =>
  client.event('chats', ({ chats }) =>
    (chats as JsonObject[]).some(({ id, removed }) => id === chatId && removed === true),
  );

const untilNow = async (client: MessagingClient): Promise<unknown[]> => {
  await post(visitor, channel.id, 'the last word');
  await arrival(client, 'the last word');
  return arrivedTexts(client).slice(0, -1);
};

describe('joining', () => {
  it('is by name or by id, again and again', async () => {
    const cidThere = await server.connect(cid);
    expect(await joinChannel(cidThere, { name: channel.name })).toBe(chatId);
    expect(await joinChannel(cidThere, { chatId })).toBe(chatId);
    expect(await cidThere.request('chats')).toMatchObject({ chats: [{ id: chatId, type: 'channel', missed: 0 }] });
  });

  it('begins with what is written from then on', async () => {
    await postAll(visitor, channel.id, ['a', 'b']);
    const late = await join(cid);
    await post(visitor, channel.id, 'c');
    expect(await untilNow(late)).toEqual(['c']);
    expect((await history(late, chatId)).map(({ message }) => message)).toEqual(['c', 'the last word']);
    expect(counted(late)).toEqual([
      ['c', 1],
      ['the last word', 2],
    ]);
  });

  it('is told the user’s other devices', async () => {
    const other = await server.connect(cid, { query: { device: 'other' } });
    await join(cid);
    expect(await other.event('chats')).toMatchObject({ payload: { chats: [{ id: chatId, name: channel.name }] } });
  });
});

describe('a member', () => {
  it('is told of what is written in every dialect, in the order of the channel', async () => {
    const [concord, realtime, other] = [
      await server.connectConcord(ben),
      await server.connectRealtime(ben, { protocols: ['realtime.v1'] }),
      await join(cid),
    ];
    await concord.writes(channel.id, 'concord');
    await realtime.broadcast(`chat.${channel.name}`, { message: 'realtime' });
    await sendText(other, chatId, 'messaging');
    await post(visitor, channel.id, 'REST');
    await realtime.broadcast(`chat.${channel.name}`, { level: 3 });
    await untilNow(member);
    expect(member.events('new').map(({ payload }) => [payload?.messageId, payload?.sender, payload?.message])).toEqual([
      [1, ben, 'concord'],
      [2, ben, 'realtime'],
      [3, cid, 'messaging'],
      [4, ben, 'REST'],
      [5, ben, undefined],
      [6, ben, 'the last word'],
    ]);
    expect(member.events('new')[4]?.payload).toMatchObject({ payload: { level: 3 } });
    expect(counted(member).map((each) => (each as unknown[])[1])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is told of edits, deletions and reactions by whomever', async () => {
    const [first, second] = await postAll(visitor, channel.id, ['a', 'b']);
    await visitor.patch(`/chats/${first?.id}`, { content: 'anew' });
    await server.rest(cid).post(`/chats/${first?.id}/reactions`, { reaction: '👍', adding: true });
    await admin.delete(`/chats/${second?.id}`);
    expect(await member.event('edit')).toMatchObject({ payload: { chatId, messageId: 1, message: 'anew' } });
    expect(await member.event('react')).toMatchObject({ payload: { chatId, messageId: 1, reactions: { '👍': 1 } } });
    expect(await member.event('delete')).toMatchObject({ payload: { chatId, messageId: 2 } });
  });

  it('has missed what others wrote, whatever it wrote itself and how', async () => {
    const [concord, realtime] = [
      await server.connectConcord(ann),
      await server.connectRealtime(ann, { protocols: ['realtime.v1'] }),
    ];
    const own = server.rest(ann);
    await post(visitor, channel.id, '1');
    await concord.writes(channel.id, 'my concord');
    await post(visitor, channel.id, '2');
    await realtime.broadcast(`chat.${channel.name}`, { message: 'my realtime' });
    await post(own, channel.id, 'my REST');
    await post(visitor, channel.id, '3');
    await sendText(member, chatId, 'my messaging');
    expect(await missed(member)).toBe(3);
    await post(visitor, channel.id, '4');
    await arrival(member, '4');
    expect(counted(member)).toEqual([
      ['1', 1],
      ['my concord', 1],
      ['2', 2],
      ['my realtime', 2],
      ['my REST', 2],
      ['3', 3],
      ['4', 4],
    ]);

    expect(await member.request('read', { chatId, messageId: 6 })).toMatchObject({ missed: 1 });
    await post(own, channel.id, 'my second REST');
    await post(visitor, channel.id, '5');
    await arrival(member, '5');
    expect(counted(member).at(-1)).toEqual(['5', 2]);
    expect(await member.request('read', { chatId })).toMatchObject({ missed: 0 });
    expect(await member.request('chats')).toMatchObject({ chats: [{ id: chatId, missed: 0 }] });
  });

  it('has missed the same when it comes back', async () => {
    await member.settled();
    await member.close();
    await post(visitor, channel.id, '1');
    await post(server.rest(ann), channel.id, 'mine');
    await post(visitor, channel.id, '2');
    const back = await server.connect(ann, { acks: true });
    await arrival(back, '2');
    expect(counted(back)).toEqual([
      ['1', 1],
      ['mine', 1],
      ['2', 2],
    ]);
    expect(await missed(back)).toBe(2);
  });

  it('marks what it has read, which tells its other devices and no authors', async () => {
    const author = await join(cid);
    const tablet = await server.connect(ann, { query: { device: 'tablet' } });
    await sendText(author, chatId, 'a');
    await arrival(member, 'a');
    await member.request('read', { chatId });
    expect(await tablet.event('read')).toMatchObject({ payload: { chatId, messageId: 1, userId: ann, missed: 0 } });
    await untilNow(author);
    expect(author.events('read', 'dlvrd')).toEqual([]);
    expect(await author.request('receipts', { chatId, messageId: 1 })).toMatchObject({
      items: [{ userId: ann, dlvrd: expect.any(Number) as number, read: expect.any(Number) as number }],
    });
  });

  it.each<[string, (user: string) => Promise<unknown>]>([
    ['concord', (user) => server.connectConcord(user)],
    [
      'realtime',
      async (user) => {
        const client = await server.connectRealtime(user, { protocols: ['realtime.v1'] });
        await client.subscribe(`chat.${channel.name}`);
        return client;
      },
    ],
  ])(
    'that is there by %s only has received what it was sent when it has answered a ping',
    async (_dialect, connect) => {
      const phone = await join(cid);
      await phone.close();
      await connect(cid);
      const messageId = await sendText(member, chatId, 'hello');
      const delivered = async (): Promise<true | undefined> => {
        const { items } = await member.request<{ items: { userId: string; dlvrd?: number }[] }>('receipts', {
          chatId,
          messageId,
        });
        return items.some(({ userId, dlvrd }) => userId === cid && dlvrd !== undefined) || undefined;
      };
      await eventually(delivered, 'the mark');
    },
  );

  it('that writes by concord is sent its own message once in messaging, and answers it there as its own', async () => {
    const concord = await server.connectConcord(ann);
    await concord.writes(channel.id, 'mine');
    expect(await untilNow(member)).toEqual(['mine']);
    await member.request('edit', { chatId, messageId: 1, message: 'edited' });
    expect(await concord.of('chat_edited')).toMatchObject({ content: 'edited' });
  });

  it('gets what it had not acked again, as it stands now', async () => {
    const lazy = await server.connect(cid);
    await joinChannel(lazy, { name: channel.name });
    const [first, second] = await postAll(visitor, channel.id, ['a', 'b']);
    await arrival(lazy, 'b');
    await lazy.close();
    await visitor.patch(`/chats/${first?.id}`, { content: 'anew' });
    await visitor.delete(`/chats/${second?.id}`);
    const back = await server.connect(cid, { acks: true });
    expect(await untilNow(back)).toEqual(['anew']);
    expect(back.events('delete')).toMatchObject([{ payload: { chatId, messageId: 2 } }]);
  });
});

describe('who has not joined', () => {
  it('gets nothing, and 404 for all it asks', async () => {
    const stranger = await server.connect(cid);
    await sendText(member, chatId, 'a');
    for (const [what, payload] of [
      ['new', { message: 'x' }],
      ['messages', {}],
      ['chat', {}],
      ['read', {}],
      ['react', { messageId: 1, reaction: 'x', adding: true }],
      ['leaveChat', {}],
    ] as const) {
      expect(await stranger.ask(what, { chatId, ...payload })).toMatchObject(failure(404));
    }
    await joinChannel(stranger, { chatId });
    expect(await untilNow(stranger)).toEqual([]);
  });
});

describe('a member that leaves', () => {
  it('gets nothing from then on, and is told so on its other devices', async () => {
    const [first, other] = [await join(cid), await server.connect(cid, { query: { device: 'other' } })];
    await post(visitor, channel.id, 'before');
    await arrival(first, 'before');
    await first.request('leaveChat', { chatId });
    await removal(other);
    await post(visitor, channel.id, 'after');
    await arrival(member, 'after');
    await sendText(first, cid, 'a note to myself');
    await arrival(other, 'a note to myself');
    await first.settled();
    expect([arrivedTexts(first), arrivedTexts(other)]).toEqual([['before'], ['before', 'a note to myself']]);
    expect(await first.ask('messages', { chatId })).toMatchObject(failure(404));
    expect(await first.request('chats')).toMatchObject({ chats: [{ id: cid }] });
  });

  it('gets nothing of what was written meanwhile when it comes back and joins again', async () => {
    const leaver = await join(cid);
    await leaver.request('leaveChat', { chatId });
    await leaver.close();
    await postAll(visitor, channel.id, ['a', 'b']);
    const back = await server.connect(cid, { acks: true });
    await joinChannel(back, { name: channel.name });
    expect(await missed(back)).toBe(0);
    expect(await untilNow(back)).toEqual([]);
    expect(counted(back)).toEqual([['the last word', 1]]);
  });

  it('goes on following it in concord', async () => {
    const concord: ConcordClient = await server.connectConcord(ann);
    await member.request('leaveChat', { chatId });
    await post(visitor, channel.id, 'after');
    await concord.chat(({ content }) => content === 'after');
  });
});

describe('a channel that is deleted', () => {
  it('is removed from its members’ chats, also of those who are away', async () => {
    const away = await join(cid);
    await away.settled();
    await away.close();
    await post(visitor, channel.id, 'the last');
    await admin.delete(`/channels/${channel.id}`);
    await removal(member);
    const back = await server.connect(cid, { acks: true });
    await removal(back);
    for (const client of [member, back]) {
      expect(await client.request('chats')).toMatchObject({ chats: [] });
      expect(await client.ask('new', { chatId, message: 'x' })).toMatchObject(failure(404));
      expect(await client.ask('joinChat', { chatId })).toMatchObject(failure(404));
      expect(await client.ask('joinChat', { name: channel.name })).toMatchObject(failure(404));
    }
  });
});

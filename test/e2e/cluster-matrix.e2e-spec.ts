import { freshTopic, historyOf, payloads } from '../support/broadcasts.js';
import { binaryFrame, KINDS, received, routedPayload } from '../support/binary-frames.js';
import { startCall, toldOf } from '../support/calls.js';
import { joinChannel } from '../support/channels.js';
import { clusterDescribe, TestCluster } from '../support/cluster.js';
import type { ConcordClient } from '../support/concord-client.js';
import { arrival, sendText, statuses } from '../support/conversation.js';
import { failure } from '../support/expectations.js';
import { eventually } from '../support/eventually.js';
import { freshChannel } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import type { JsonObject } from '../support/fixtures.js';
import type { MessagingClient } from '../support/messaging-client.js';
import type { RealtimeClient } from '../support/realtime-client.js';
import { RestClient } from '../support/rest-client.js';
import { signToken } from '../support/tokens.js';

/** How soon what an operator does must be everywhere. */
const SOON_MS = 1_000;

let cluster: TestCluster;
let ann: string;
let ben: string;
let cid: string;

/** What operators ask is asked of any server. */
const operator = (index: number): RestClient => {
  const { httpOrigin } = cluster.server(index);
  return new RestClient(httpOrigin, signToken({ sub: 'Operator', roles: ['admin'] }), '/admin');
};

const on = (index: number, user: string, device?: string): Promise<MessagingClient> =>
  cluster.server(index).connect(user, device === undefined ? {} : { query: { device } });
const onRealtime = (index: number, user: string): Promise<RealtimeClient> =>
  cluster.server(index).connectRealtime(user, { protocols: ['realtime.v1'] });

clusterDescribe('what one server is told', () => {
  beforeAll(async () => {
    // Everything is in this process, which is busy at times: nobody is to be left out for being slow.
    cluster = await TestCluster.start(3, { BUS_ANSWER_MS: '2000', PRESENCE_GRACE_MS: '60000' });
  });

  afterAll(() => cluster.stop());

  beforeEach(() => {
    [ann, ben, cid] = freshUsers('Ann', 'Ben', 'Cid');
  });

  it('is one message in all dialects on all servers', async () => {
    const channel = await freshChannel(cluster.server(2));
    const [anns, bens, cids] = [
      await on(0, ann),
      await cluster.server(1).connectConcord(ben),
      await onRealtime(2, cid),
    ];
    const chatId = await joinChannel(anns, { name: channel.name });
    await cids.subscribe(`chat.${channel.name}`);
    await bens.settled();

    await sendText(anns, chatId, 'from messaging');
    await bens.writes(channel.id, 'from concord');
    await cids.broadcast(`chat.${channel.name}`, { message: 'from realtime' });
    const all = ['from messaging', 'from concord', 'from realtime'];
    const last = all[2] ?? '';
    await arrival(anns, last);
    await bens.chat(({ content }) => content === last);
    await cids.of('Broadcast', ({ payload }) => (payload as { message: string }).message === last);
    expect(anns.events('new').map(({ payload }) => payload?.message)).toEqual(all.slice(1));
    expect(bens.all('chat_sent').map(({ chat }) => (chat as { content: string }).content)).toEqual(all);
    expect(payloads(cids).map((payload) => (payload as { message: string }).message)).toEqual(all);
  });

  it('is what the receipts and unread counts of all servers say', async () => {
    const [anns, bens, desk] = [await on(0, ann), await on(1, ben, 'phone'), await on(2, ben, 'desk')];
    await bens.settled();
    await desk.settled();
    for (const message of ['one', 'two', 'three']) await sendText(anns, ben, message);
    await arrival(bens, 'three');
    expect((await arrival(desk, 'three')).payload).toMatchObject({ missed: 3 });
    await bens.request('dlvrd', { chatId: ann });
    await anns.event('dlvrd', ({ messageId }) => messageId === 3);
    await bens.request('read', { chatId: ann, messageId: 2 });
    await anns.event('read', ({ messageId }) => messageId === 2);
    expect((await desk.event('read')).payload).toMatchObject({ messageId: 2, userId: ben, missed: 1 });
    expect(await statuses(anns, ben)).toEqual(['read', 'read', 'unread']);
    expect(await desk.request('chat', { chatId: ann })).toMatchObject({ missed: 1, firstMissedId: 3 });
    await sendText(anns, ben, 'four');
    for (const client of [bens, desk]) expect((await arrival(client, 'four')).payload).toMatchObject({ missed: 2 });
  });

  it('is one state on all devices of a user', async () => {
    const [phone, desk, bens] = [await on(0, ann, 'phone'), await on(1, ann, 'desk'), await on(2, ben)];
    await desk.settled();
    const messageId = await sendText(phone, ben, 'frist');
    await arrival(desk, 'frist');
    await phone.request('edit', { chatId: ben, messageId, message: 'first' });
    expect((await desk.event('edit')).payload).toMatchObject({ chatId: ben, messageId, message: 'first' });
    await bens.request('react', { chatId: ann, messageId, reaction: '👍', adding: true });
    for (const client of [phone, desk]) {
      expect((await client.event('react')).payload).toMatchObject({ messageId, reactions: { '👍': 1 } });
    }
    const { chatId } = await desk.request<{ chatId: string }>('createChat', { name: 'Lunch', participants: [ben] });
    for (const client of [phone, bens]) {
      await client.event('chats', ({ chats }) => (chats as { id: string }[])[0]?.id === chatId);
    }
    await bens.request('leaveChat', { chatId });
    await phone.request('delete', { chatId: ben, messageId });
    await desk.event('delete');
    const [one, other] = await Promise.all([phone, desk].map((client) => client.request('chats')));
    expect(one).toEqual(other);
  });

  it('is typed for those on other servers', async () => {
    const channel = await freshChannel(cluster.server(0));
    const [anns, bens] = [await on(0, ann), await on(1, ben)];
    const [lounge, hall] = [await cluster.server(1).connectConcord(cid), await cluster.server(2).connectConcord(ben)];
    await Promise.all([bens, lounge, hall].map((client: MessagingClient | ConcordClient) => client.settled()));
    await eventually(async () => {
      anns.tell('typing', { chatId: ben });
      await bens.settled();
      return bens.events('typing')[0];
    }, 'the typing');
    expect(bens.events('typing')[0]?.payload).toMatchObject({ userId: ann, chatId: ann });
    hall.types(channel.id);
    await lounge.of('chat_typing', ({ channelId }) => channelId === channel.id);
  });

  it('rings on all servers, and goes on between two of them', async () => {
    const [caller, phone, tablet] = [await on(0, ann), await on(1, ben, 'phone'), await on(2, ben, 'tablet')];
    await Promise.all([phone.settled(), tablet.settled()]);
    const { callId } = await startCall(caller, ben);
    for (const client of [phone, tablet]) {
      expect((await toldOf(client, 'newCall', callId)).payload).toMatchObject({ caller: ann, direction: 'incoming' });
    }
    await caller.request('signal', { callId, to: ben, data: 'offer' });
    for (const client of [phone, tablet]) await client.event('signal', ({ data }) => data === 'offer');
    await phone.request('acceptCall', { callId });
    await toldOf(tablet, 'closeCall', callId);
    await phone.request('signal', { callId, to: ann, data: 'answer' });
    await caller.event('signal', ({ data }) => data === 'answer');
    await caller.request('signal', { callId, to: ben, data: 'candidate' });
    await phone.event('signal', ({ data }) => data === 'candidate');
    await tablet.settled();
    expect(tablet.events('signal')).toHaveLength(1);
    await caller.request('closeCall', { callId });
    expect((await toldOf(phone, 'closeCall', callId)).payload).toMatchObject({ status: 'received' });
    await Promise.all([caller, phone, tablet].map((client) => toldOf(client, 'call', callId)));
  });

  it('goes on over the connection that has accepted, whatever others of an unnamed device there are elsewhere', async () => {
    const [caller, one, other] = [await on(0, ann), await on(1, ben), await on(2, ben)];
    await Promise.all([one.settled(), other.settled()]);
    const { callId } = await startCall(caller, ben);
    await one.request('acceptCall', { callId });
    expect(await other.ask('acceptCall', { callId })).toMatchObject(failure(409, 'payload.callId'));
    await caller.request('signal', { callId, to: ben, data: 'for one' });
    await one.event('signal', ({ data }) => data === 'for one');
    await one.vanish();
    await eventually(async () => {
      const { error } = await other.ask('acceptCall', { callId });
      return error === undefined || undefined;
    }, 'the end of the connection that was lost');
    await caller.request('signal', { callId, to: ben, data: 'for the other' });
    await other.event('signal', ({ data }) => data === 'for the other');
    expect(other.events('signal')).toHaveLength(1);
  });

  it('shows a user as offline who says so, also where it was a moment ago', async () => {
    const [bens, before] = [await on(0, ben), await on(1, ann)];
    await sendText(bens, ann, 'a contact from now on');
    await before.close();
    const anns = await on(2, ann);
    await anns.settled();
    anns.tell('offline');
    await bens.event('offline', ({ userId }) => userId === ann);
  });

  it('counts and names the connections of all servers', async () => {
    const topic = freshTopic();
    const [anns, ...bens] = [await onRealtime(0, ann), await onRealtime(1, ben), await onRealtime(2, ben)];
    await Promise.all(bens.map((client) => client.subscribe(topic)));
    expect(await anns.broadcast(topic, 1)).toMatchObject({ status: 'delivered', recipients: 2 });
    const ack = await anns.directMessage(ben, { message: 'hello' });
    expect([...(ack.delivered_to as string[])].sort()).toEqual(bens.map(({ connectionId }) => connectionId).sort());
    await Promise.all(bens.map((client) => client.of('Broadcast')));
    expect((await historyOf(anns, topic)).messages).toHaveLength(1);
  });

  it('is a file that every server gives out', async () => {
    const [anns, bens] = [await onRealtime(0, ann), await onRealtime(1, ben)];
    const body = Buffer.from([0xff, 0x00, 0x0a, 0x7b, 0x80]);
    anns.send(binaryFrame(KINDS.file_transfer, routedPayload({ target_user: ben, filename: 'a.bin' }, body)));
    const { url, recipients } = await received(anns);
    expect(recipients).toBe(1);
    await bens.of('binary');
    for (const { httpOrigin } of cluster.servers) {
      const headers = { authorization: `Bearer ${signToken({ sub: ben })}` };
      const answer = await fetch(`${httpOrigin}${String(url)}`, { headers });
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(body);
    }
  });
});

clusterDescribe('what an operator does on one server', () => {
  beforeAll(async () => {
    cluster = await TestCluster.start(3, { BUS_ANSWER_MS: '2000' });
  });

  afterAll(() => cluster.stop());

  beforeEach(() => {
    [ann, ben, cid] = freshUsers('Ann', 'Ben', 'Cid');
  });

  it('notifies users on all', async () => {
    const clients = [await on(0, ann), await on(1, ben), await on(2, ben, 'desk')];
    const notice = { level: 'info', title: 'Hello', message: 'to you', users: [ann, ben] };
    expect((await operator(0).post('/notifications', notice)).body).toEqual({ recipients: 3 });
    for (const client of clients) await client.event('notification', ({ title }) => title === 'Hello');
  });

  it('closes the connections of a banned user on all, and keeps it out', async () => {
    const clients = [await on(0, ann), await cluster.server(1).connectConcord(ann), await onRealtime(2, ann)];
    const before = Date.now();
    await operator(0).post(`/users/${ann}/ban`, { reason: 'spam' });
    for (const { closed } of clients) expect((await closed).code).toBe(4403);
    expect(Date.now() - before).toBeLessThan(SOON_MS);
    for (const server of cluster.servers) await expect(server.connect(ann)).rejects.toThrow('403');
  });

  it('closes the connections of revoked tokens on all', async () => {
    const clients = [await on(1, ann), await onRealtime(2, ann)];
    await operator(0).delete(`/users/${ann}/tokens`);
    for (const { closed } of clients) expect((await closed).code).toBe(4401);
    for (const server of cluster.servers) await expect(server.connect(ann)).rejects.toThrow('401');
  });

  it('ends what a removed member is told, on all', async () => {
    const [owner, member] = [await on(0, ann), await on(1, ben)];
    const group = { name: 'Lunch', participants: [ben, cid] };
    const { chatId } = await owner.request<{ chatId: string }>('createChat', group);
    await member.event('chats');
    await operator(2).delete(`/chats/${chatId}/members/${ben}`);
    await member.event('chats', ({ chats }) => (chats as { removed?: boolean }[])[0]?.removed === true);
    await sendText(owner, chatId, 'among us');
    await sendText(owner, ben, 'to you');
    await arrival(member, 'to you');
    expect(member.events('new')).toHaveLength(1);
  });

  it('lists and closes the connections of all', async () => {
    const clients = [await on(0, ann), await onRealtime(1, ann), await cluster.server(2).connectConcord(ann)];
    const list = async (index: number): Promise<JsonObject[]> => {
      const { body } = await operator(index).get<{ items: JsonObject[] }>(`/connections?user=${ann}`);
      return body.items;
    };
    for (const index of [0, 1, 2]) {
      const servers = (await list(index)).map(({ server }) => String(server));
      expect(servers.sort()).toEqual(['server-0', 'server-1', 'server-2']);
    }
    for (const { id } of await list(0)) {
      expect(await operator(0).delete(`/connections/${String(id)}`)).toMatchObject({ status: 204 });
    }
    for (const { closed } of clients) expect((await closed).code).toBe(4410);
  });

  it('is told of the topics and journeys of all', async () => {
    const topic = freshTopic();
    const [reader, writer] = [await onRealtime(1, ben), await onRealtime(2, ann)];
    await reader.subscribe(topic);
    await writer.broadcast(topic, 1);
    const { body } = await operator(0).get<{ items: JsonObject[] }>('/topics?limit=500');
    expect(body.items).toContainEqual(expect.objectContaining({ topic, subscribers: 1 }));

    const [anns, bens] = [await on(1, ann), await cluster.server(2).connect(ben, { acks: true })];
    await sendText(anns, ben, 'on its way');
    await arrival(bens, 'on its way');
    await bens.settled();
    const found = await operator(0).get<{ items: JsonObject[] }>(`/messages?sender=${ann}`);
    const { id } = found.body.items[0] ?? {};
    await eventually(async () => {
      const { body: journey } = await operator(0).get<{ recipients: JsonObject[] }>(`/messages/${String(id)}/journey`);
      return journey.recipients.find(({ userId, acked }) => userId === ben && acked !== undefined);
    }, 'a journey that was seen to its end');
  });
});

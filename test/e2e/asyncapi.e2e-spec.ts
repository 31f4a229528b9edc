import { polls } from '../../examples/polls/polls.js';
import type { DialectName } from '../../src/domain/dialect-name.js';
import { AsyncApi } from '../support/async-api.js';
import { binaryFrame, routedPayload, sendBinary } from '../support/binary-frames.js';
import { startCall, toldOf } from '../support/calls.js';
import type { ConcordClient } from '../support/concord-client.js';
import { arrival, sendText } from '../support/conversation.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient } from '../support/realtime-client.js';
import { RestClient } from '../support/rest-client.js';
import { signToken } from '../support/tokens.js';

/** What a conversation does not come to: a reader so slow that history has lost something. */
const NOT_PLAYED: readonly string[] = ['server.Status.gap'];

const ADMIN = { roles: ['admin'] };
const NOTICE = {
  level: 'info',
  title: 'Maintenance',
  message: 'At noon',
  actions: [{ label: 'More', url: 'https://a' }],
};

interface Listener {
  readonly frames: readonly object[];
  readonly closed: Promise<unknown>;
}

/** A server with everybody who has heard anything of it in one dialect. */
class Stage {
  private readonly listeners: Listener[] = [];
  readonly admin: RestClient;

  private constructor(
    readonly server: TestServer,
    private readonly api: AsyncApi,
  ) {
    this.admin = new RestClient(server.httpOrigin, signToken({ sub: 'Operator', ...ADMIN }), '/admin');
  }

  static async set(): Promise<Stage> {
    const server = await TestServer.start({ DRAIN_S: '0', DRAIN_DELAY_S: '0' }, undefined, [polls]);
    return new Stage(server, await AsyncApi.of(server.httpOrigin));
  }

  messaging(user: string, claims = {}): Promise<MessagingClient> {
    return this.kept(this.server.connect(user, { acks: true, claims }));
  }

  concord(user: string): Promise<ConcordClient> {
    return this.kept(this.server.connectConcord(user));
  }

  realtime(user: string, query: Record<string, string> = {}, claims = {}): Promise<RealtimeClient> {
    return this.kept(this.server.connectRealtime(user, { protocols: ['realtime.v1'], query, claims }));
  }

  async notify(): Promise<void> {
    expect((await this.admin.post('/notifications', NOTICE)).status).toBe(200);
  }

  /** Each frame that came is one message of the document. @returns messages of the document that never came */
  async unsaid(dialect: DialectName): Promise<readonly string[]> {
    await this.server.drain();
    await Promise.all(this.listeners.map(({ closed }) => closed));
    const said = new Set(NOT_PLAYED);
    for (const frame of this.listeners.flatMap(({ frames }) => frames)) {
      if ('bytes' in frame) said.add('server.binary');
      else said.add(this.nameOf(dialect, frame));
    }
    const described = this.api.messagesOf(dialect, 'server').map(({ name }) => name);
    return described.filter((name) => !said.has(name));
  }

  private nameOf(dialect: DialectName, frame: unknown): string {
    const names = this.api.matching(dialect, 'server', frame);
    expect([frame, names]).toEqual([frame, [expect.any(String)]]);
    return names[0] ?? '';
  }

  private async kept<C extends Listener>(connecting: Promise<C>): Promise<C> {
    const client = await connecting;
    this.listeners.push(client);
    return client;
  }
}

/** Less than the notice before a token ends. */
const soon = () => ({ exp: Math.floor(Date.now() / 1_000) + 30 });

describe('every frame that the server sends is one message of the AsyncAPI document, and none of them is never sent', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await Stage.set();
  });

  afterEach(() => stage.server.stop());

  it('in messaging', async () => {
    const [ann, ben] = [await stage.messaging('Ann'), await stage.messaging('Ben')];
    await talkInMessaging(ann, ben);
    await callOneAnother(ann, ben, await stage.messaging('Ben', { device: 'phone' }));
    await stage.notify();
    await Promise.all([ann, ben].map((client) => client.event('notification')));
    await (await stage.messaging('Carl', soon())).event('tokenExpiring');
    expect(await stage.unsaid('messaging')).toEqual([]);
  });

  it('in concord', async () => {
    await talkInConcord(stage, await stage.concord('Eve'), await stage.concord('Fay'));
    expect(await stage.unsaid('concord')).toEqual([]);
  });

  it('in realtime', async () => {
    const gil = await stage.realtime('Gil', { session: 's1' });
    await talkInRealtime(gil, await stage.realtime('Hal', { extensions: 'true' }));
    await (await stage.realtime('Ida', {}, soon())).of('AuthStatus');
    await gil.request('Auth', { token: signToken({ sub: 'Gil' }) });
    await stage.notify();
    await gil.of('Notification');
    expect(await stage.unsaid('realtime')).toEqual([]);
  });
});

async function talkInMessaging(ann: MessagingClient, ben: MessagingClient): Promise<void> {
  const messageId = await sendText(ann, 'Ben', 'Hi', { clientMessageId: 'c1', attachments: [] });
  await arrival(ben, 'Hi');
  await ben.request('dlvrd', { chatId: 'Ann' });
  await ben.request('read', { chatId: 'Ann', messageId });
  const file = { type: 'file', id: 'f', filename: 'a.pdf', url: '<a>', meta: { size: 1 }, own: { x: 1 } };
  await sendText(ben, 'Ann', 'Ho', { replyTo: messageId, attachments: [file], forwarded: { from: 'x' } });
  await ann.request('edit', { chatId: 'Ben', messageId, message: 'Hey', attachments: [file] });
  await ben.request('react', { chatId: 'Ann', messageId, reaction: '👍', adding: true });
  await ann.request('receipts', { chatId: 'Ben', messageId });
  await ann.request('presence', { userIds: ['Ben', 'Nobody'] });
  ben.tell('typing', { chatId: 'Ann', stop: true });
  await ann.event('typing');
  const { chatId } = await ann.request<{ chatId: string }>('createChat', {
    name: 'All',
    participants: ['Ben', 'Carl'],
  });
  await sendText(ann, chatId, 'all');
  await arrival(ben, 'all');
  await ben.request('read', { chatId });
  await ann.request('updateChat', { chatId, name: 'Us', photoUrl: 'x', admins: ['Ben'] });
  await ann.request('removeParticipants', { chatId, participants: ['Carl'] });
  await ann.request('addParticipants', { chatId, participants: ['Carl'] });
  for (const client of [ann, ben]) {
    await client.request('messages', { chatId });
    await client.request('messages', { chatId: client === ann ? 'Ben' : 'Ann' });
    await client.request('chats');
    await client.request('chat', { chatId });
  }
  await ann.request('delete', { chatId: 'Ben', messageId });
  await ben.event('delete');
  await ben.request('leaveChat', { chatId });
  await ann.request('joinChat', { name: 'general' });
  await ann.request('subscribe', { topics: ['news'] });
  await ben.request('broadcast', { topic: 'news', payload: [1, null], metadata: { mood: 'x' } });
  await ann.event('broadcast');
  await ann.request('unsubscribe', { topics: ['news'] });
  await ann.request('auth', { token: signToken({ sub: 'Ann' }) });
  await ann.ask('nothing');
  const asked = { chatId: 'Ben', question: 'Lunch?', options: ['Soup', 'Salad'], clientPollId: 'p' };
  const { pollId } = await ann.request<{ pollId: number }>('createPoll', asked);
  await ann.request('vote', { pollId, option: 0 });
  await ann.request('poll', { pollId });
  await ann.request('closePoll', { pollId });
  await ben.event('pollChanged');
  ben.tell('offline');
  await ann.event('offline');
  await ann.settled();
}

async function callOneAnother(ann: MessagingClient, ben: MessagingClient, phone: MessagingClient): Promise<void> {
  const { callId } = await startCall(ann, 'Ben');
  await toldOf(phone, 'newCall', callId);
  await ben.request('acceptCall', { callId });
  await toldOf(phone, 'closeCall', callId);
  await ann.request('signal', { callId, to: 'Ben', data: { sdp: 'v=0' } });
  await ben.event('signal');
  await ann.request('closeCall', { callId });
  await toldOf(ben, 'call', callId);
  const declined = await startCall(ben, 'Ann', 'video');
  await toldOf(ann, 'newCall', declined.callId);
  await ann.request('declineCall', { callId: declined.callId });
  await toldOf(ben, 'call', declined.callId);
  await ann.request('messages', { chatId: 'Ben' });
}

async function talkInConcord(stage: Stage, eve: ConcordClient, fay: ConcordClient): Promise<void> {
  const rest = stage.server.rest('Eve', ADMIN);
  const { body: profile } = await rest.get<{ defaultChannelId: number }>('/server');
  const { id: chatId } = await eve.writes(profile.defaultChannelId, 'Hi');
  fay.react(chatId, '👍');
  await eve.of('chat_reactions_updated');
  await rest.patch(`/chats/${chatId}`, { content: 'Ho' });
  await fay.of('chat_edited');
  eve.types(profile.defaultChannelId);
  await fay.of('chat_typing');
  const made = await rest.post<{ id: number }>('/channels', {
    name: 'lunch',
    parentChannelId: profile.defaultChannelId,
  });
  await fay.of('channel_created');
  await rest.patch(`/channels/${made.body.id}`, { description: 'What is there' });
  await fay.of('channel_updated');
  const source = { sourceChatId: chatId, name: 'Soup' };
  const thread = await rest.post<{ id: number }>(`/channels/${profile.defaultChannelId}/threads`, source);
  await fay.of('thread_created');
  await eve.writes(profile.defaultChannelId, 'in it', thread.body.id);
  await rest.delete(`/chats/${chatId}`);
  await fay.of('chat_deleted');
  await rest.delete(`/channels/${made.body.id}`);
  await fay.of('channel_deleted');
  const late = await stage.concord('Late');
  await fay.of('user_joined');
  await late.close();
  await fay.of('user_status_updated', ({ status }) => status === 'OFFLINE');
  eve.write(1_000_000, 'nowhere');
  await eve.error();
}

async function talkInRealtime(gil: RealtimeClient, hal: RealtimeClient): Promise<void> {
  for (const client of [gil, hal]) await client.subscribe('news', 'chat.general');
  await gil.broadcast('news', { message: 'Hi' }, { priority: 'high', mood: 'x' });
  await hal.of('Broadcast');
  await gil.request('History', { topic: 'news' });
  const { server_message_id: messageId } = await gil.directMessage('Hal', { message: 'Hi' });
  await hal.of('DirectMessage');
  await gil.directMessage('Nobody', { message: 'Hi' });
  await gil.request('X-Edit', { message_id: messageId, payload: { message: 'Ho' } });
  await hal.of('X-Edit');
  await hal.request('X-Reactions', { message_id: messageId, reaction: '👍', adding: true });
  await gil.request('X-Reactions', { message_id: messageId, reaction: '👎', adding: true });
  await hal.of('X-Reactions');
  await gil.request('X-Typing', { target_user: 'Hal' });
  await hal.of('X-Typing');
  await gil.request('X-Delete', { message_id: messageId });
  await hal.of('X-Delete');
  await hal.request('Presence', { status: 'busy', metadata: { place: 'home' } });
  await gil.of('Presence');
  await gil.request('PresenceQuery', { users: ['Hal', 'Nobody'] });
  await gil.request('X-Wave', { topic: 'news', own: [1] });
  await hal.of('X-Wave');
  await sendBinary(gil, 'file_transfer', { target_user: 'Hal', id: 'b1', filename: 'a' }, 'bytes');
  await hal.of('binary');
  gil.send(binaryFrame(9, routedPayload({ topic: 'news' })));
  gil.send([{ type: 'Ping' }, { type: 'Pong' }, { type: 'Unsubscribe', data: { topics: ['news'] }, id: 'u' }]);
  await gil.answer('u');
  await gil.settled();
}

import { arrival, arrivedTexts, sendText } from '../support/conversation.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeFrame } from '../support/realtime-client.js';
import { inSeconds, signToken } from '../support/tokens.js';
import { attemptUpgrade } from '../support/upgrade.js';

/** How long a connection that says nothing is waited for, ms. */
const UNSETTLED_MS = 1_000;

const aChatsRequest = (id: string): object => ({
  type: 'request',
  id,
  timestamp: 0,
  payloadType: 'chats',
  payload: {},
});
const PING = { type: 'Ping', data: { timestamp: 1 } };

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

/** A message of Ann's waits for Ben, who has connected and said nothing. */
interface Scene {
  readonly ann: string;
  readonly ben: string;
  readonly author: MessagingClient;
  /** Of no dialect yet: it keeps the frames of whichever it will be. */
  readonly client: RealtimeClient;
}

async function setScene(options: { deaf?: boolean } = {}): Promise<Scene> {
  const [ann, ben] = freshUsers('Ann', 'Ben');
  const author = await server.connect(ann);
  // Both devices are known: what waits for them does not depend on what the other has had.
  for (const path of ['/messaging', '/ws']) await (await server.connect(ben, { path, protocols: known(path) })).close();
  await sendText(author, ben, 'waiting');
  return { ann, ben, author, client: await server.connectRealtime(ben, options) };
}

const known = (path: string): string[] => (path === '/ws' ? ['realtime.v1'] : []);

const directMessage = (client: RealtimeClient, text: string): Promise<RealtimeFrame> =>
  client.of('DirectMessage', ({ payload }) => (payload as { message?: unknown }).message === text);

const newEvent = (client: RealtimeClient, text: string): Promise<RealtimeFrame> =>
  client.next(({ eventType, payload }) => eventType === 'new' && (payload as { message?: unknown }).message === text);

const response = (client: RealtimeClient, id: string | null): Promise<RealtimeFrame> =>
  client.next((frame) => frame.type === 'response' && frame.id === id);

/** What was sent is neither a frame of any dialect nor a reason to choose one. */
const sendNotUtf8 = (client: RealtimeClient): void => {
  client.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
};

describe('a connection on /ws that has said nothing', () => {
  it('is sent its Welcome, and what waits after a second, as realtime', async () => {
    const began = Date.now();
    const { ann, client } = await setScene();
    const delivered = await directMessage(client, 'waiting');
    expect(Date.now() - began).toBeGreaterThanOrEqual(UNSETTLED_MS);
    expect(delivered.data).toMatchObject({ from_user: ann, payload: { message: 'waiting' } });
    expect(client.frames[0]).toMatchObject({ type: 'Status', data: { status: 'connected' } });
  });

  it('is sent nothing else, though it counts as connected', async () => {
    const { ann, ben, author, client } = await setScene();
    expect(await author.request('presence', { userIds: [ben] })).toMatchObject({ items: [{ status: 'online' }] });
    const other = await server.connectRealtime(ann, { protocols: ['realtime.v1'] });
    const ack = await other.directMessage(ben, { message: 'pushed' });
    expect(ack).toMatchObject({ status: 'delivered', delivered_to: [client.connectionId] });
    // An answer that settles nothing shows that all this was not sent.
    client.send('5');
    await client.of('Error');
    expect(client.frames.map(({ type }) => type)).toEqual(['Status', 'Error']);
    client.send(PING);
    await directMessage(client, 'pushed');
    expect(client.all('DirectMessage').map(({ data }) => data.payload)).toMatchObject([
      { message: 'waiting' },
      { message: 'pushed' },
    ]);
  });

  it.each<[string, string | ((client: RealtimeClient) => void), string]>([
    ['a number', '5', 'type'],
    ['null', 'null', 'type'],
    ['a string', '"request"', 'type'],
    ['an object without type', '{}', 'type'],
    ['an object whose type is no string', '{"type":1}', 'type'],
    ['an object whose type is null', '{"type":null,"id":"r1"}', 'type'],
    ['bad JSON', '{"type":"request"', 'frame'],
    ['nothing at all', '', 'frame'],
    ['a word', 'pong', 'frame'],
    ['what is not UTF-8', sendNotUtf8, 'frame'],
  ])('gets realtime’s error 400 for %s, which settles nothing', async (_what, frame, field) => {
    const { client } = await setScene();
    if (typeof frame === 'string') client.send(frame);
    else frame(client);
    expect(await client.of('Error')).toMatchObject({ data: { code: 400, details: { field } } });
    client.send('ping');
    await client.next(({ event }) => event === 'pong');
    await newEvent(client, 'waiting');
    expect(client.all('DirectMessage')).toEqual([]);
  });

  it('may say what it speaks later than that: then what it was pushed counts for realtime only', async () => {
    const { ben, author, client } = await setScene();
    await directMessage(client, 'waiting');
    // It has answered the ping.
    await author.event('dlvrd');
    client.send(aChatsRequest('r1'));
    expect(await response(client, 'r1')).toMatchObject({ payloadType: 'chats', payload: { chats: [{ missed: 1 }] } });
    expect(await newEvent(client, 'waiting')).toMatchObject({ id: 1 });
    await client.close();

    const elsewhere = await server.connect(ben);
    await arrival(elsewhere, 'waiting');
    const realtime = await server.connectRealtime(ben, { protocols: ['realtime.v1'] });
    await sendText(author, ben, 'marker');
    await directMessage(realtime, 'marker');
    expect(realtime.all('DirectMessage')).toHaveLength(1);
  });

  it('comes again as realtime where its pings were not answered and it turned to messaging', async () => {
    const { ben, client } = await setScene({ deaf: true });
    await directMessage(client, 'waiting');
    client.send('ping');
    const { id } = await newEvent(client, 'waiting');
    client.send({ type: 'ack', id });
    await response(client, String(id));
    await client.close();
    const realtime = await server.connectRealtime(ben, { protocols: ['realtime.v1'] });
    await directMessage(realtime, 'waiting');
  });
});

describe('a first frame of messaging', () => {
  it.each<[string, object | string, (client: RealtimeClient) => Promise<unknown>]>([
    ['a request', aChatsRequest('r1'), (client) => response(client, 'r1')],
    ['a faulty request', { type: 'request' }, (client) => response(client, null)],
    ['an event', { type: 'event', payloadType: 'nonsense' }, (client) => response(client, null)],
    ['an ack', { type: 'ack', id: 7 }, (client) => response(client, '7')],
    ['the text ping', 'ping', (client) => client.next(({ event }) => event === 'pong')],
  ])('settles it for good: %s', async (_which, frame, answer) => {
    const { ann, client } = await setScene();
    client.send(frame);
    await answer(client);
    expect(await newEvent(client, 'waiting')).toMatchObject({ type: 'event', id: 1, payload: { chatId: ann } });

    client.send({ type: 'Ping', data: { timestamp: 1 }, id: 'x' });
    expect(await response(client, 'x')).toMatchObject({ error: { code: 400, details: { field: 'type' } } });
    client.send([PING]);
    expect(await response(client, null)).toMatchObject({ error: { code: 400, details: { field: 'type' } } });
    client.send(Buffer.from([1, 0, 0, 0, 0]));
    expect(await response(client, null)).toMatchObject({ error: { code: 400, details: { field: 'frame' } } });
    expect(client.all('DirectMessage', 'Pong', 'Error')).toEqual([]);
  });

  it('and all that was sent at once with it is answered, in order', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const reader = await server.connect(ben);
    const client = await server.connectRealtime(ann);
    const ids = Array.from({ length: 60 }, (_, place) => `r${place}`);
    for (const id of ids) {
      const payload = { chatId: ben, message: id };
      client.send({ type: 'request', id, timestamp: 0, payloadType: 'new', payload });
    }
    client.send('ping');
    await response(client, 'r59');
    await client.next(({ event }) => event === 'pong');
    const answers = client.all('response').map(({ id, payload }) => [id, payload]);
    expect(answers).toEqual(ids.map((id, place) => [id, { messageId: place + 1, timestamp: aTime }]));
    await arrival(reader, 'r59');
    expect(arrivedTexts(reader)).toEqual(ids);
  });

  it('may come before the Welcome has', async () => {
    const [ann] = freshUsers('Ann');
    const client = await MessagingClient.connect(server.origin, signToken({ sub: ann }), { path: '/ws' });
    expect(await client.request('chats')).toMatchObject({ chats: [] });
    await client.settled();
    expect(client.frames.map(({ type, event }) => type ?? event)).toEqual(['Status', 'response', 'pong']);
    client.socket.terminate();
  });

  it('is still done where its client goes at once', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const reader = await server.connect(ben);
    const client = await server.connectRealtime(ann);
    client.send({
      type: 'request',
      id: 'r1',
      timestamp: 0,
      payloadType: 'new',
      payload: { chatId: ben, message: 'a' },
    });
    client.send({
      type: 'request',
      id: 'r2',
      timestamp: 0,
      payloadType: 'new',
      payload: { chatId: ben, message: 'b' },
    });
    await client.close();
    await arrival(reader, 'b');
    expect(arrivedTexts(reader)).toEqual(['a', 'b']);
  });

  it('makes it the messaging device: acks count, and an older connection of that name is replaced', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await server.connect(ann);
    const phone = { query: { device: 'phone' } };
    const older = await server.connect(ben, phone);
    await sendText(author, ben, 'one');
    await arrival(older, 'one');
    const client = await server.connectRealtime(ben, phone);
    client.send('ping');
    expect(await older.closed).toMatchObject({ code: 4409 });
    const { id } = await newEvent(client, 'one');
    client.send({ type: 'ack', id });
    await response(client, String(id));
    await client.close();
    const again = await server.connect(ben, phone);
    await sendText(author, ben, 'two');
    await arrival(again, 'two');
    expect(arrivedTexts(again)).toEqual(['two']);
  });

  it('turns the connection that others hear of, not their number', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await server.connect(ann);
    await sendText(author, ben, 'contact');
    const client = await server.connectRealtime(ben);
    await author.event('online', ({ userId }) => userId === ben);
    client.send('ping');
    // Who is online is told in the dialect that was chosen.
    await client.next(
      ({ eventType, payload }) => eventType === 'online' && (payload as { userId: string }).userId === ann,
    );
    await sendText(author, ben, 'Hi');
    await newEvent(client, 'Hi');
    await client.close();
    await author.event('offline', ({ userId }) => userId === ben);
    expect(author.events('online', 'offline').map(({ eventType }) => eventType)).toEqual(['online', 'offline']);
  });

  it('is told of a token that ends soon as messaging tells it', async () => {
    const [ann] = freshUsers('Ann');
    const exp = inSeconds(30);
    const client = await server.connectRealtime(ann, { claims: { exp } });
    client.send('ping');
    const told = await client.next(({ eventType }) => eventType === 'tokenExpiring');
    expect(told.payload).toEqual({ expiresAt: exp * 1_000 });
    expect(client.all('AuthStatus')).toEqual([]);
  });

  it('hears nothing on the topics of its session', async () => {
    const [ann] = freshUsers('Ann');
    const query = { session: 'desk' };
    const before = await server.connectRealtime(ann, { query, protocols: ['realtime.v1'] });
    await before.subscribe('news');
    await before.close();
    const client = await server.connectRealtime(ann, { query });
    expect(client.welcome).toMatchObject({ resumed: true });
    client.send('ping');
    await client.next(({ event }) => event === 'pong');
    const other = await server.connectRealtime(ann, { protocols: ['realtime.v1'] });
    expect(await other.broadcast('news', 1)).toMatchObject({ recipients: 0 });
  });
});

describe('a first frame of realtime', () => {
  it.each<[string, unknown, (client: RealtimeClient) => Promise<unknown>]>([
    ['a Ping', PING, (client) => client.of('Pong')],
    ['a Pong, which nobody answers', { type: 'Pong', data: {} }, () => Promise.resolve()],
    ['a batch', [PING, PING], (client) => client.of('Pong')],
    ['an empty array', [], (client) => client.of('Error', ({ code }) => code === 400)],
    ['an array of nonsense', [[]], (client) => client.of('Error', ({ code }) => code === 400)],
    ['a binary frame', Buffer.from([1, 0, 0, 0, 0]), (client) => client.of('Status', isBinaryReceived)],
    ['a faulty binary frame', Buffer.from([9]), (client) => client.of('Error', ({ code }) => code === 400)],
    ['an unknown type', { type: 'Nonsense' }, (client) => client.of('Error', ({ code }) => code === 400)],
    ['an empty type', { type: '' }, (client) => client.of('Error', ({ code }) => code === 400)],
    ['ping as a type', { type: 'ping' }, (client) => client.of('Error', ({ code }) => code === 400)],
    [
      'a type in other letters',
      { type: 'Request', id: 'r1' },
      (client) => client.of('Error', ({ code }) => code === 400),
    ],
  ])('settles it for good: %s', async (_which, frame, answer) => {
    const { client } = await setScene();
    const began = Date.now();
    client.send(frame);
    await answer(client);
    await directMessage(client, 'waiting');
    expect(Date.now() - began).toBeLessThan(UNSETTLED_MS);

    client.send(aChatsRequest('r1'));
    const error = await client.of('Error', ({ details }) => (details as { message_id?: unknown }).message_id === 'r1');
    expect(error).toMatchObject({ data: { code: 400, details: { field: 'type' } } });
    client.send('ping');
    await client.of('Error', ({ details }) => (details as { field?: unknown }).field === 'frame');
    expect(client.all('response', 'event')).toEqual([]);
  });

  it('is told of a token that ends soon as realtime tells it, behind the Welcome', async () => {
    const [ann] = freshUsers('Ann');
    const exp = inSeconds(30);
    const client = await server.connectRealtime(ann, { claims: { exp } });
    client.send(PING);
    const { data } = await client.of('AuthStatus');
    expect(data).toEqual({ status: 'token_expiring', expires_at: exp * 1_000, refresh_required: true });
  });
});

const isBinaryReceived = ({ status }: Record<string, unknown>): boolean => status === 'binary_received';

describe('where the dialect is fixed', () => {
  it.each(['/ws', '/client', '/messaging'])('%s speaks realtime to who offers realtime.v1', async (path) => {
    const client = await server.connectRealtime(freshUsers('Ann')[0], { path, protocols: ['realtime.v1'] });
    expect(client.socket.protocol).toBe('realtime.v1');
    expect(client.frames[0]).toMatchObject({ type: 'Status', data: { status: 'connected' } });
    client.send(aChatsRequest('r1'));
    expect(await client.of('Error')).toMatchObject({
      data: { code: 400, details: { field: 'type', message_id: 'r1' } },
    });
    client.send('ping');
    expect(await client.of('Error')).toMatchObject({ data: { code: 400, details: { field: 'frame' } } });
    await client.settled();
  });

  it.each(['/ws', '/client', '/messaging'])('%s speaks messaging to who offers messaging.v1', async (path) => {
    const client = await server.connect(freshUsers('Ann')[0], { path, protocols: ['messaging.v1'] });
    expect(client.socket.protocol).toBe('messaging.v1');
    client.send(PING);
    expect(await client.next(({ type }) => type === 'response')).toMatchObject({ id: null, error: { code: 400 } });
    expect(client.frames).toHaveLength(1);
  });

  it('/messaging knows no other dialect where none was offered', async () => {
    const { author } = await setScene();
    author.send({ type: 'Subscribe', data: { topics: ['news'] }, id: 's1' });
    const answer = await author.next(({ type, id }) => type === 'response' && id === 's1');
    expect(answer).toMatchObject({ error: { code: 400, details: { field: 'type' } } });
  });

  it('what waits is sent at once', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await sendText(await server.connect(ann), ben, 'waiting');
    const began = Date.now();
    const client = await server.connectRealtime(ben, { protocols: ['realtime.v1'] });
    await directMessage(client, 'waiting');
    expect(Date.now() - began).toBeLessThan(UNSETTLED_MS);
  });
});

describe('the subprotocol that is echoed', () => {
  const token = signToken({ sub: 'Echo' });
  const ofToken = `access_token.${token}`;

  it.each<[string, readonly string[], string | undefined]>([
    ["the token's, offered alone", [ofToken], ofToken],
    ['realtime.v1, offered alone', ['realtime.v1'], 'realtime.v1'],
    ['realtime.v1 beside the token', [ofToken, 'realtime.v1'], 'realtime.v1'],
    ['realtime.v1 before the token', ['realtime.v1', ofToken], 'realtime.v1'],
    ['the first dialect of two', ['realtime.v1', 'messaging.v1'], 'realtime.v1'],
    ['none of those that nobody knows', ['mqtt', 'realtime.v2'], undefined],
  ])('on /ws is %s', async (_which, protocols, echoed) => {
    const hasToken = protocols.includes(ofToken);
    const path = hasToken ? '/ws' : `/ws?token=${token}`;
    const answer = await attemptUpgrade(server.httpOrigin, { path, protocols });
    expect(answer.status).toBe(101);
    expect(answer.headers['sec-websocket-protocol']).toBe(echoed);
  });

  it('the token’s leaves the first frame to choose', async () => {
    const [ann] = freshUsers('Ann');
    const protocol = `access_token.${signToken({ sub: ann })}`;
    for (const [frame, fits] of [
      ['ping', (answer: RealtimeFrame) => answer.event === 'pong'],
      [PING, (answer: RealtimeFrame) => answer.type === 'Pong'],
    ] as const) {
      const client = await server.connectRealtime(ann, { protocols: [protocol] });
      expect(client.socket.protocol).toBe(protocol);
      client.send(frame);
      await client.next(fits);
    }
  });
});

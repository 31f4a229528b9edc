import { once } from 'node:events';

import { openSocketPair, type SocketPair } from '../../test/support/socket-pair.js';
import type { Feed } from '../delivery/feed.js';
import type { Introduction } from '../delivery/introduction.js';
import type { TopicFeed } from '../delivery/topics/topic-feed.js';
import type { Dialect } from '../dialects/dialect.js';
import { messagingDialect } from '../dialects/messaging/messaging.dialect.js';
import { realtimeDialect } from '../dialects/realtime/realtime.dialect.js';
import type { Asked, Reply } from '../dispatch/dispatcher.js';
import { FramesIn } from '../dispatch/frames-in.js';
import type { Caller } from '../domain/caller.js';
import { CloseReasons } from '../domain/close-reasons.js';
import { type DomainEventMap, DomainEvents } from '../domain/domain-events.js';
import { FramesOut } from '../domain/frames-out.js';
import { type LabelledCounter, Metrics } from '../domain/metrics.js';
import { OutgoingFrame } from '../domain/outgoing-frame.js';
import type { Outlet } from '../domain/outlet.js';
import type { Principal } from '../domain/principal.js';
import type { OpenedSession } from '../domain/topics.js';
import type { Admission } from './admission.js';
import type { Arrival } from './arrival.js';
import { Connection } from './connection.js';
import type { ConnectionServices } from './connection-services.js';
import { PositionPings } from './position-pings.js';
import { Undecided, UNSETTLED_MS } from './undecided.js';
import { WriteTick } from './write-tick.js';

const EVENTS = [
  'connectionOpened',
  'connectionSettled',
  'connectionLeft',
  'connectionReturned',
  'connectionClosed',
] as const satisfies readonly (keyof DomainEventMap)[];

class FakeFeed {
  readonly acked = jest.fn();
  readonly drained = jest.fn();
  readonly release = jest.fn();
  readonly received = jest.fn();
  mark: number | undefined;
  readonly fullSinceMs = undefined;
  readonly pingMark = () => this.mark;
}

class FakeTopics {
  readonly start = jest.fn();
  readonly drained = jest.fn();
  readonly received = jest.fn();
  readonly pingMark = () => undefined;
}

interface Dispatched {
  readonly asked: Asked;
  readonly caller: Caller;
  readonly reply: Reply;
  end(): void;
}

const NOW = 1_700_000_000_000;
const principal: Principal = { userId: 'User1', roles: [], expiresAt: NOW + 3_600_000 };
const session: OpenedSession = {
  sessionId: 3,
  name: 'work',
  resumed: true,
  gap: [],
  subscriptions: [],
  position: 5,
};
const DEVICE_8: Introduction = { introducedAs: 1, deviceId: 8, isRevoked: false, isBanned: false };
const limits = { maxBufferedBytes: 65_536, maxInflightFrames: 4 };

function request(payloadType: string, payload: object, id = 'r1'): string {
  return JSON.stringify({ type: 'request', id, payloadType, payload });
}

describe('Connection', () => {
  let pair: SocketPair;
  let connection: Connection;
  let now: number;
  let retryAfterMs: number;
  let dispatched: Dispatched[];
  let happened: string[];
  let feed: FakeFeed;
  let topics: FakeTopics;
  let joined: string[];
  let introduced: ConnectionServices['hub']['introduce'];
  let pings: PositionPings;
  let undecided: Undecided;
  let gone: jest.Mock;
  let metrics: Metrics;
  let refused: object[];

  const dispatcher: ConnectionServices['dispatcher'] = {
    dispatch: (asked, caller, reply) =>
      new Promise((resolve) => dispatched.push({ asked, caller, reply, end: resolve })),
    handledAs: ({ payloadType, otherwise }) => (payloadType === 'X-Known' ? payloadType : (otherwise ?? payloadType)),
    orderOf: ({ payloadType }) => (payloadType === 'subscribe' ? 'barrier' : 'append'),
    refused: (asked, { code }) => refused.push({ ...asked, code }),
    retryAfterMs: () => retryAfterMs,
  };

  async function open(admission: Partial<Admission> = {}): Promise<void> {
    const events = new DomainEvents((error) => {
      throw error;
    });
    for (const name of EVENTS) events.on(name, () => happened.push(name.replace('connection', '')));
    events.on('principalRenewed', (event) =>
      happened.push(`Renewed ${event.connectionId === connection.connectionId}`),
    );
    const services = {
      dispatcher,
      framesIn: new FramesIn(metrics),
      framesOut: new FramesOut(metrics.framesOut),
      metrics,
      hub: {
        introduce: (arrival: Arrival) => {
          joined.push(`introduced ${arrival.device} to ${arrival.dialect}`);
          return introduced(arrival);
        },
        join: (outlet: Outlet, { name }: Dialect, { held }: { held: boolean }) => {
          joined.push(`${held ? 'held' : 'started'} in ${name} as ${outlet.deviceId ?? 'nobody'}`);
          return feed as unknown as Feed;
        },
        leave: () => happened.push('left hub'),
      },
      topicHub: {
        join: (_outlet: Outlet, { name }: Dialect, session?: OpenedSession) => {
          joined.push(`topics of ${session?.name ?? 'nothing'} in ${name}`);
          return topics as unknown as TopicFeed;
        },
        leave: () => undefined,
      },
      clock: { now: () => now },
      events,
      config: { limits, heartbeat: { intervalMs: 20_000 }, auth: { tokenExpiryNoticeMs: 60_000 } },
      tick: new WriteTick(),
      pings,
      undecided,
      gone,
    } as unknown as ConnectionServices;
    const settled: Admission = {
      ...{ principal, address: '192.0.2.1', dialect: messagingDialect, device: '', ackResponses: true },
      ...admission,
    };
    pair = await openSocketPair((socket, stream) => {
      connection = new Connection(socket, stream, settled, services);
    });
  }

  /** The handlers of that many frames have begun. */
  async function begun(count: number): Promise<Dispatched[]> {
    while (dispatched.length < count) await new Promise(setImmediate);
    return dispatched;
  }

  /** All that the client has sent so far was read: the server has answered something sent after it. */
  async function roundTrip(): Promise<void> {
    pair.client.ping();
    await once(pair.client, 'pong');
  }

  async function nextFrame(): Promise<Record<string, unknown>> {
    const frames = await pair.frames(1);
    return JSON.parse(frames[0] ?? '') as Record<string, unknown>;
  }

  beforeEach(() => {
    now = NOW;
    retryAfterMs = 0;
    dispatched = [];
    happened = [];
    feed = new FakeFeed();
    topics = new FakeTopics();
    joined = [];
    introduced = async () => DEVICE_8;
    pings = new PositionPings();
    undecided = new Undecided();
    gone = jest.fn();
    metrics = new Metrics();
    refused = [];
  });

  afterEach(() => pair.end());

  it('shows where its client is and since when it is open', async () => {
    await open();
    expect(connection.address).toBe('192.0.2.1');
    expect(connection.openedAt).toBe(NOW);
  });

  describe('what is counted', () => {
    function counted(counter: LabelledCounter): Record<string, number> {
      return Object.fromEntries([...counter].map(([labels, count]) => [labels.join(' '), count]));
    }

    it('has acks, pings and what is refused, and the frames that answer them', async () => {
      await open();
      pair.client.send('ping');
      pair.client.send(JSON.stringify({ type: 'ack', id: 1 }));
      pair.client.send('nonsense');
      pair.client.send(request('new', { chatId: 'User2' }));
      const [frame] = await begun(1);
      frame?.reply.answered({ messageId: 1 });
      await pair.frames(4);
      expect(counted(metrics.framesIn)).toEqual({ 'messaging ping ok': 1, 'messaging ack ok': 1 });
      expect(refused).toMatchObject([{ dialect: 'messaging', code: 400 }]);
      expect(counted(metrics.framesOut)).toEqual({
        'messaging pong': 1,
        'messaging answer': 2,
        'messaging error': 1,
      });
    });

    it('has what the rate limit refuses', async () => {
      retryAfterMs = 10;
      await open();
      pair.client.send(request('new', { chatId: 'User2' }));
      await pair.frames(1);
      expect(refused).toEqual([{ dialect: 'messaging', payloadType: 'new', otherwise: undefined, code: 429 }]);
    });

    it('has the code with which the server closes it', async () => {
      await open();
      connection.close(CloseReasons.idle);
      connection.close(CloseReasons.idle);
      expect(counted(metrics.closes)).toEqual({ 4408: 1 });
    });

    it('has no code where the client closes it', async () => {
      await open();
      pair.client.close();
      while (gone.mock.calls.length === 0) await new Promise(setImmediate);
      expect(counted(metrics.closes)).toEqual({});
    });
  });

  describe('a frame', () => {
    it('is dispatched with the one who asks, and answered', async () => {
      await open();
      pair.client.send(request('new', { chatId: 'User2' }));
      const [frame] = await begun(1);
      expect(frame?.asked).toMatchObject({ kind: 'request', payloadType: 'new', payload: { chatId: 'User2' } });
      expect(frame?.caller.origin).toEqual({ userId: 'User1', connectionId: connection.connectionId });
      frame?.reply.answered({ messageId: 7 });
      expect(await nextFrame()).toMatchObject({ type: 'response', id: 'r1', payload: { messageId: 7 } });
    });

    it('gets an error 400 where it is not even JSON, and the next one is heard', async () => {
      await open();
      pair.client.send(Buffer.from([0xff, 0xfe]), { binary: false });
      expect(await nextFrame()).toMatchObject({ id: null, error: { code: 400 } });
      pair.client.send(request('new', { chatId: 'User2' }));
      await begun(1);
    });

    it('gets an error 429 over the limit and is not processed', async () => {
      await open();
      retryAfterMs = 50;
      pair.client.send(request('new', { chatId: 'User2' }));
      expect(await nextFrame()).toMatchObject({ id: 'r1', error: { code: 429, details: { retryAfterMs: 50 } } });
      expect(dispatched).toEqual([]);
    });

    it('waits for the place of the one before in its chat', async () => {
      await open();
      pair.client.send(request('new', { chatId: 'User2' }, 'r1'));
      pair.client.send(request('new', { chatId: 'User2' }, 'r2'));
      await roundTrip();
      expect(dispatched).toHaveLength(1);
      dispatched[0]?.caller.placed();
      await begun(2);
    });

    it('is an event: it is not answered, but its fault is told', async () => {
      await open();
      pair.client.send(JSON.stringify({ type: 'event', payloadType: 'typing', payload: { chatId: 'User2' } }));
      const [frame] = await begun(1);
      frame?.reply.answered(undefined);
      await roundTrip();
      expect(pair.received).toEqual([]);
    });
  });

  describe('an ack', () => {
    it('goes to the feed and is answered, also over the limit', async () => {
      await open();
      retryAfterMs = 50;
      pair.client.send(JSON.stringify({ type: 'ack', id: 23 }));
      expect(await nextFrame()).toMatchObject({ type: 'response', id: '23' });
      expect(feed.acked).toHaveBeenCalledWith(23);
    });

    it('is not answered where the client wants no answers', async () => {
      await open({ ackResponses: false });
      pair.client.send(JSON.stringify({ type: 'ack', id: 23 }));
      await roundTrip();
      expect(feed.acked).toHaveBeenCalledWith(23);
      expect(pair.received).toEqual([]);
    });
  });

  describe('opening', () => {
    it('joins, is opened and then settled, where the dialect is fixed', async () => {
      await open({ deviceId: 7 });
      expect(joined).toEqual(['topics of nothing in messaging', 'held in messaging as 7']);
      expect(happened).toEqual(['Opened', 'Settled']);
      expect(feed.release).toHaveBeenCalledTimes(1);
      expect(topics.start).toHaveBeenCalledTimes(1);
      expect(connection.subscriptions).toBe(topics);
    });

    it('welcomes the client before anything else is told', async () => {
      const expiresAt = NOW + 1_000;
      await open({ dialect: realtimeDialect, session, principal: { ...principal, expiresAt } });
      const frames = (await pair.frames(2)).map((frame) => JSON.parse(frame) as { type: string; data: object });
      expect(frames).toMatchObject([
        {
          type: 'Status',
          data: { status: 'connected', details: { connection_id: connection.connectionId, resumed: true } },
        },
        { type: 'AuthStatus' },
      ]);
      expect(joined[0]).toBe('topics of work in realtime');
    });
  });

  describe('the first frame', () => {
    const openDialect = { dialect: realtimeDialect, others: [messagingDialect], device: 'phone', deviceId: 7 };
    const subscribe = JSON.stringify({ type: 'Subscribe', data: { topics: ['news'] } });

    it('is waited for: nothing is told but the welcome', async () => {
      await open({ ...openDialect, principal: { ...principal, expiresAt: NOW + 1_000 } });
      await roundTrip();
      expect(pair.received).toHaveLength(1);
      expect(happened).toEqual(['Opened']);
      expect(feed.release).not.toHaveBeenCalled();
      expect(topics.start).not.toHaveBeenCalled();
    });

    it('lets the connection go on in its dialect where it is of that', async () => {
      await open(openDialect);
      pair.client.send(subscribe);
      await begun(1);
      expect(happened).toEqual(['Opened', 'Settled']);
      expect(feed.release).toHaveBeenCalledTimes(1);
      expect(dispatched[0]?.asked).toMatchObject({ dialect: 'realtime', payloadType: 'subscribe' });
      expect(joined).toHaveLength(2);
    });

    it('settles it for good', async () => {
      await open(openDialect);
      pair.client.send(subscribe);
      pair.client.send(request('new', { chatId: 'User2' }));
      const [, error] = (await pair.frames(2)).map((frame) => JSON.parse(frame) as object);
      expect(error).toMatchObject({ type: 'Error', data: { code: 400 } });
    });

    it('makes it the user’s device in another dialect where it is of that, and is heard then', async () => {
      await open({ ...openDialect, session });
      joined.length = 0;
      pair.client.send(request('new', { chatId: 'User2' }, 'r1'));
      pair.client.send(request('new', { chatId: 'User3' }, 'r2'));
      const [first, second] = await begun(2);
      expect(joined).toEqual([
        'introduced phone to messaging',
        'topics of nothing in messaging',
        'held in messaging as 8',
      ]);
      expect(happened).toEqual(['Opened', 'left hub', 'Settled']);
      expect(connection.session).toBeUndefined();
      expect([first, second].map((frame) => frame?.asked.dialect)).toEqual(['messaging', 'messaging']);
      first?.reply.answered({ messageId: 7 });
      const [, answer] = (await pair.frames(2)).map((frame) => JSON.parse(frame) as object);
      expect(answer).toMatchObject({ type: 'response', id: 'r1' });
      expect(pair.socket.isPaused).toBe(false);
    });

    it('is kept while the device is being introduced, and so is what follows', async () => {
      let introduce: (deviceId: undefined) => void = () => undefined;
      introduced = () => new Promise((resolve) => (introduce = resolve));
      await open(openDialect);
      pair.client.send('ping');
      while (joined.length < 3) await new Promise(setImmediate);
      expect(pair.socket.isPaused).toBe(true);
      pair.client.send(request('new', { chatId: 'User2' }));
      now = NOW + UNSETTLED_MS;
      undecided.settleOverdue(now);
      expect(happened).toEqual(['Opened']);
      introduce(undefined);
      await begun(1);
      expect(joined.at(-1)).toBe('held in messaging as nobody');
      expect((await pair.frames(2))[1]).toContain('pong');
    });

    it('is done also where its client has gone', async () => {
      let introduce: (introduction: Introduction) => void = () => undefined;
      introduced = () => new Promise((resolve) => (introduce = resolve));
      await open(openDialect);
      pair.client.send(request('new', { chatId: 'User2' }));
      while (joined.length < 3) await new Promise(setImmediate);
      pair.client.terminate();
      pair.stream.destroy();
      while (gone.mock.calls.length === 0) await new Promise(setImmediate);
      introduce(DEVICE_8);
      await begun(1);
      expect(happened).toEqual(['Opened', 'left hub', 'Closed']);
      expect(joined).toHaveLength(3);
    });

    it('is not done where the token was revoked meanwhile: the connection ends with 4401', async () => {
      let introduce: (introduction: Introduction) => void = () => undefined;
      introduced = () => new Promise((resolve) => (introduce = resolve));
      await open(openDialect);
      const closed = once(pair.client, 'close');
      pair.client.send(request('new', { chatId: 'User2' }));
      while (joined.length < 3) await new Promise(setImmediate);
      const quiet = connection.quiesce();
      introduce({ introducedAs: 1, deviceId: 0, isRevoked: true, isBanned: false });
      expect((await closed)[0]).toBe(4401);
      await quiet;
      expect(dispatched).toEqual([]);
      expect(happened).toEqual(['Opened', 'left hub', 'Closed']);
    });

    it('is not done where the user was banned meanwhile: the connection ends with 4403', async () => {
      introduced = async () => ({ ...DEVICE_8, isBanned: true });
      await open(openDialect);
      const closed = once(pair.client, 'close');
      pair.client.send(request('new', { chatId: 'User2' }));
      expect((await closed)[0]).toBe(4403);
      expect(dispatched).toEqual([]);
    });

    it('is waited for by whoever lets the connection go', async () => {
      let introduce: (introduction: Introduction) => void = () => undefined;
      introduced = () => new Promise((resolve) => (introduce = resolve));
      await open(openDialect);
      pair.client.send(request('new', { chatId: 'User2' }));
      while (joined.length < 3) await new Promise(setImmediate);
      let isQuiet = false;
      const quiet = connection.quiesce().then(() => (isQuiet = true));
      introduce(DEVICE_8);
      const [frame] = await begun(1);
      expect(isQuiet).toBe(false);
      frame?.end();
      await quiet;
    });

    it.each(['hello', '{}', '{"type":"chat_send"}'])(
      'gets an error 400 and settles nothing where it is %s',
      async (frame) => {
        await open(openDialect);
        pair.client.send(frame);
        const [, error] = (await pair.frames(2)).map((text) => JSON.parse(text) as object);
        expect(error).toMatchObject({ type: 'Error', data: { code: 400 } });
        expect(happened).toEqual(['Opened']);
        pair.client.send(request('new', { chatId: 'User2' }));
        await begun(1);
      },
    );

    it('is waited for a second; what waits is sent then, and it may still choose', async () => {
      await open({ ...openDialect, principal: { ...principal, expiresAt: NOW + 60_000 } });
      now = NOW + UNSETTLED_MS;
      undecided.settleOverdue(now);
      expect(happened).toEqual(['Opened', 'Settled']);
      expect(feed.release).toHaveBeenCalledTimes(1);
      expect((await pair.frames(2))[1]).toContain('token_expiring');
      pair.client.send(request('new', { chatId: 'User2' }));
      await begun(1);
      expect(happened).toEqual(['Opened', 'Settled', 'left hub', 'Settled']);
      expect(feed.release).toHaveBeenCalledTimes(2);
    });
  });

  describe('a batch', () => {
    const ping = { type: 'Ping', id: 'p', data: { timestamp: 5 } };
    const query = (id: string) => ({ type: 'PresenceQuery', id, data: { users: ['User2'] } });

    async function framesAfterWelcome(count: number): Promise<{ type: string; data: object }[]> {
      const frames = await pair.frames(count + 1);
      return frames.slice(1).map((frame) => JSON.parse(frame) as { type: string; data: object });
    }

    it('is done strictly in order, and holds up what comes after it', async () => {
      await open({ dialect: realtimeDialect });
      pair.client.send(JSON.stringify([query('1'), ping, query('2')]));
      pair.client.send(JSON.stringify(query('3')));
      await roundTrip();
      expect(dispatched).toHaveLength(1);
      expect(pair.received).toHaveLength(1);
      dispatched[0]?.end();
      await begun(2);
      expect((await framesAfterWelcome(2)).map(({ type }) => type)).toEqual(['Pong', 'Ack']);
      await roundTrip();
      expect(dispatched).toHaveLength(2);
      dispatched[1]?.end();
      await begun(3);
    });

    it('counts each message when its turn comes, and answers those over the limit by themselves', async () => {
      await open({ dialect: realtimeDialect });
      pair.client.send(JSON.stringify([query('1'), query('2'), ping]));
      await begun(1);
      retryAfterMs = 50;
      dispatched[0]?.end();
      const frames = await framesAfterWelcome(3);
      expect(frames.map(({ type }) => type)).toEqual(['Error', 'Pong', 'Ack']);
      expect(frames[0]).toMatchObject({ data: { code: 429, details: { message_id: '2', retryAfterMs: 50 } } });
      expect(dispatched).toHaveLength(1);
    });

    it('tells the fault of one and goes on', async () => {
      await open({ dialect: realtimeDialect });
      pair.client.send(JSON.stringify([{ type: 'Nonsense', id: '1' }, query('2')]));
      await begun(1);
      expect(await framesAfterWelcome(1)).toMatchObject([{ type: 'Error', data: { code: 400 } }]);
    });
  });

  describe('once', () => {
    const broadcast = (id: string | undefined, topic = 'news') =>
      JSON.stringify({ type: 'Broadcast', id, data: { topic, payload: 1 } });

    async function callers(...frames: string[]): Promise<Caller[]> {
      await open({ dialect: realtimeDialect });
      for (const frame of frames) pair.client.send(frame);
      for (let count = 1; count <= frames.length; count += 1) (await begun(count)).at(-1)?.caller.placed();
      return dispatched.map(({ caller }) => caller);
    }

    it('does the same id’s work for the same target once', async () => {
      const [first, second] = await callers(broadcast('1'), broadcast('1'));
      expect(await first?.once('news', async () => 'first')).toBe('first');
      expect(await second?.once('news', async () => 'second')).toBe('first');
    });

    it.each([
      ['another id', broadcast('2'), 'news'],
      ['another target', broadcast('1', 'sport'), 'sport'],
      ['another type', JSON.stringify({ type: 'X-Own', id: '1', data: { topic: 'news' } }), 'news'],
    ])('does the work of %s', async (_what, frame, target) => {
      const [first, second] = await callers(broadcast('1'), frame);
      await first?.once('news', async () => 'first');
      expect(await second?.once(target, async () => 'second')).toBe('second');
    });

    it('does the work of every frame without an id', async () => {
      const [first, second] = await callers(broadcast(undefined), broadcast(undefined));
      await first?.once('news', async () => 'first');
      expect(await second?.once('news', async () => 'second')).toBe('second');
    });
  });

  describe('a type of the clients’ own', () => {
    it.each([
      ['X-Own', { type: 'Ack', data: { message_id: '1', status: 'delivered', recipients: 3 } }],
      ['X-Known', { type: 'X-Known', data: { recipients: 3 } }],
    ])('is answered as what it is handled as: %s', async (type, answer) => {
      await open({ dialect: realtimeDialect });
      pair.client.send(JSON.stringify({ type, id: '1', data: { topic: 'news' } }));
      const [frame] = await begun(1);
      expect(frame?.asked).toMatchObject({ payloadType: type, otherwise: 'custom' });
      frame?.reply.answered({ messageId: 'custom_1', recipients: 3 });
      const [, first] = (await pair.frames(2)).map((text) => JSON.parse(text) as object);
      expect(first).toMatchObject(answer);
    });
  });

  describe('a position ping', () => {
    async function nextPing(): Promise<string> {
      const [payload] = (await once(pair.client, 'ping')) as [Buffer];
      return payload.toString();
    }

    it('follows what it is to confirm, and only its answer does', async () => {
      await open();
      feed.mark = 12;
      connection.send('{"event":12}');
      connection.wantPing();
      const payload = nextPing();
      const order: string[] = [];
      pair.client.on('message', () => order.push('event')).on('ping', () => order.push('ping'));
      pings.sendDue();
      expect(await payload).toBe('p12.');
      expect(order).toEqual(['event', 'ping']);
      while (feed.received.mock.calls.length === 0) await new Promise(setImmediate);
      expect(feed.received).toHaveBeenCalledWith(12);
    });

    it('is another one than that of the heartbeat', async () => {
      await open();
      feed.mark = 12;
      const payload = nextPing();
      connection.ping();
      expect(await payload).toBe('');
      await roundTrip();
      expect(feed.received).not.toHaveBeenCalled();
    });

    it('is not sent once the connection has ended', async () => {
      await open();
      feed.mark = 12;
      connection.wantPing();
      connection.close(CloseReasons.idle);
      const ping = jest.spyOn(pair.socket, 'ping');
      connection.wantPing();
      pings.sendDue();
      expect(ping).not.toHaveBeenCalled();
    });
  });

  it('lets nothing that comes after a barrier start before its end', async () => {
    await open({ dialect: realtimeDialect });
    pair.client.send(JSON.stringify({ type: 'Subscribe', data: { topics: ['news'] } }));
    pair.client.send(JSON.stringify({ type: 'Broadcast', data: { topic: 'news', payload: 1 } }));
    await roundTrip();
    expect(dispatched.map(({ asked }) => asked.payloadType)).toEqual(['subscribe']);
    dispatched[0]?.end();
    await begun(2);
  });

  it('hands on what is sent to several in the same frame', async () => {
    await open();
    connection.send(new OutgoingFrame('{"to":"all"}'));
    expect(await nextFrame()).toEqual({ to: 'all' });
  });

  it('answers the dialect’s ping', async () => {
    await open();
    pair.client.send('ping');
    expect(await nextFrame()).toEqual({ event: 'pong' });
  });

  describe('reading', () => {
    it('stops at the bound of frames and goes on when there is room', async () => {
      await open();
      for (let index = 0; index < 4; index += 1) pair.client.send(request('new', { chatId: `${index}` }));
      await begun(4);
      expect(pair.socket.isPaused).toBe(true);
      dispatched[0]?.end();
      await new Promise(setImmediate);
      expect(pair.socket.isPaused).toBe(false);
    });

    it('stops while the client does not take its answers', async () => {
      await open();
      pair.client.pause();
      while (!connection.closed && connection.bufferedBytes < 1_000_000) connection.send('x'.repeat(500_000));
      pair.client.send(request('new', { chatId: 'User2' }));
      await begun(1);
      expect(pair.socket.isPaused).toBe(true);
      pair.client.resume();
      while (pair.socket.isPaused) await new Promise(setImmediate);
      expect(feed.drained).toHaveBeenCalled();
      expect(topics.drained).toHaveBeenCalled();
    });
  });

  describe('leave', () => {
    const offline = JSON.stringify({ type: 'event', payloadType: 'offline' });

    it('lasts until the next request', async () => {
      await open();
      pair.client.send(offline);
      (await begun(1))[0]?.caller.leave();
      pair.client.send(JSON.stringify({ type: 'ack', id: 1 }));
      await roundTrip();
      expect(happened).toEqual(['Opened', 'Settled', 'Left']);
      pair.client.send(request('new', { chatId: 'User2' }));
      await begun(2);
      expect(happened).toEqual(['Opened', 'Settled', 'Left', 'Returned']);
    });

    it('is over at once where the client has asked for more meanwhile', async () => {
      await open();
      pair.client.send(offline);
      pair.client.send(request('new', { chatId: 'User2' }));
      (await begun(2))[0]?.caller.leave();
      expect(happened).toEqual(['Opened', 'Settled', 'Left', 'Returned']);
    });
  });

  describe('watchToken', () => {
    it('tells once that the token expires, and once more of a new one', async () => {
      await open();
      now = principal.expiresAt - 60_000;
      connection.watchToken(now);
      connection.watchToken(now);
      expect(await nextFrame()).toMatchObject({
        eventType: 'tokenExpiring',
        payload: { expiresAt: principal.expiresAt },
      });
      const renewed = { ...principal, expiresAt: now + 30_000 };
      connection.renew(renewed);
      connection.watchToken(now);
      expect(await pair.frames(2)).toHaveLength(2);
      expect(connection.principal).toBe(renewed);
      expect(happened).toContain('Renewed true');
    });

    it('tells at the start where little is left', async () => {
      await open({ principal: { ...principal, expiresAt: NOW + 1_000 } });
      expect(await nextFrame()).toMatchObject({ eventType: 'tokenExpiring' });
    });

    it('closes with 4401 when the token has expired', async () => {
      await open();
      connection.watchToken(principal.expiresAt);
      expect((await once(pair.client, 'close'))[0]).toBe(4401);
    });
  });

  describe('close', () => {
    it('sends what was sent before, starts nothing that waits, and ends once', async () => {
      await open();
      pair.client.send(request('new', { chatId: 'User2' }, 'r1'));
      pair.client.send(request('new', { chatId: 'User2' }, 'r2'));
      await roundTrip();
      connection.send('{"last":1}');
      connection.close(CloseReasons.replaced);
      connection.close(CloseReasons.idle);
      expect((await once(pair.client, 'close'))[0]).toBe(4409);
      dispatched[0]?.reply.answered({});
      dispatched[0]?.end();
      while (gone.mock.calls.length === 0) await new Promise(setImmediate);
      expect(pair.received).toEqual(['{"last":1}']);
      expect(dispatched).toHaveLength(1);
      expect(happened).toEqual(['Opened', 'Settled', 'left hub', 'Closed']);
      expect(gone).toHaveBeenCalledTimes(1);
    });

    it('is the client’s own: what it sent before is still done', async () => {
      await open();
      pair.client.send(request('new', { chatId: 'User2' }, 'r1'));
      pair.client.send(request('new', { chatId: 'User2' }, 'r2'));
      pair.client.close();
      await once(pair.client, 'close');
      (await begun(1))[0]?.end();
      await begun(2);
      expect(connection.closed).toBe(true);
    });
  });

  describe('quiesce', () => {
    it('waits for the answers to what was read', async () => {
      await open();
      pair.client.send(request('new', { chatId: 'User2' }));
      const [frame] = await begun(1);
      let isQuiet = false;
      const quiet = connection.quiesce().then(() => (isQuiet = true));
      await new Promise(setImmediate);
      expect(isQuiet).toBe(false);
      expect(pair.socket.isPaused).toBe(true);
      frame?.end();
      await quiet;
    });

    it('does not wait where nothing is asked', async () => {
      await open();
      await connection.quiesce();
      expect(pair.socket.isPaused).toBe(true);
    });
  });
});

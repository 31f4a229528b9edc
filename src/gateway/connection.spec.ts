import { once } from 'node:events';

import { openSocketPair, type SocketPair } from '../../test/support/socket-pair.js';
import type { Feed } from '../delivery/feed.js';
import { messagingDialect } from '../dialects/messaging/messaging.dialect.js';
import type { Asked, Reply } from '../dispatch/dispatcher.js';
import type { Caller } from '../domain/caller.js';
import { CloseReasons } from '../domain/close-reasons.js';
import { type DomainEventMap, DomainEvents } from '../domain/domain-events.js';
import type { Principal } from '../domain/principal.js';
import type { Admission } from './admission.js';
import { Connection } from './connection.js';
import type { ConnectionServices } from './connection-services.js';
import { WriteTick } from './write-tick.js';

interface Dispatched {
  readonly asked: Asked;
  readonly caller: Caller;
  readonly reply: Reply;
  end(): void;
}

const NOW = 1_700_000_000_000;
const principal: Principal = { userId: 'User1', roles: [], expiresAt: NOW + 3_600_000 };
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
  let feed: { acked: jest.Mock; drained: jest.Mock; fullSinceMs: undefined };
  let gone: jest.Mock;

  const dispatcher: ConnectionServices['dispatcher'] = {
    dispatch: (asked, caller, reply) =>
      new Promise((resolve) => dispatched.push({ asked, caller, reply, end: resolve })),
    orderOf: () => 'append',
    retryAfterMs: () => retryAfterMs,
  };

  async function open(admission: Partial<Admission> = {}): Promise<void> {
    const events = new DomainEvents((error) => {
      throw error;
    });
    const names = ['connectionOpened', 'connectionLeft', 'connectionReturned', 'connectionClosed'] as const;
    for (const name of names satisfies readonly (keyof DomainEventMap)[]) {
      events.on(name, () => happened.push(name.replace('connection', '')));
    }
    const services = {
      dispatcher,
      hub: { join: () => feed as unknown as Feed, leave: () => happened.push('left hub') },
      clock: { now: () => now },
      events,
      config: { limits, heartbeat: { intervalMs: 20_000 }, auth: { tokenExpiryNoticeMs: 60_000 } },
      tick: new WriteTick(),
      gone,
    } as unknown as ConnectionServices;
    const settled: Admission = { principal, dialect: messagingDialect, device: '', ackResponses: true, ...admission };
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
    feed = { acked: jest.fn(), drained: jest.fn(), fullSinceMs: undefined };
    gone = jest.fn();
  });

  afterEach(() => pair.end());

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
      expect(happened).toEqual(['Opened', 'Left']);
      pair.client.send(request('new', { chatId: 'User2' }));
      await begun(2);
      expect(happened).toEqual(['Opened', 'Left', 'Returned']);
    });

    it('is over at once where the client has asked for more meanwhile', async () => {
      await open();
      pair.client.send(offline);
      pair.client.send(request('new', { chatId: 'User2' }));
      (await begun(2))[0]?.caller.leave();
      expect(happened).toEqual(['Opened', 'Left', 'Returned']);
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
      expect(happened).toEqual(['Opened', 'left hub', 'Closed']);
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

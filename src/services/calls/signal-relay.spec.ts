import { Logger } from '@nestjs/common';

import { readConfig } from '../../config/read-config.js';
import { CallDelivery, type Signal, type SignalTarget } from '../../domain/calls.js';
import { DomainEvents } from '../../domain/domain-events.js';
import type { StoredCall } from '../../log/call-records.js';
import type { CallStore } from '../../log/call-store.js';
import { SignalRelay } from './signal-relay.js';

const RETRY_MS = 500;
const WAIT_MS = 2_000;
const CALL_ID = 'call_0123456789abcdefghijkl';
const found: StoredCall = {
  chat: { id: 8, kind: 'dialog', users: ['User1', 'User2'] },
  messageId: 1,
  call: {
    callId: CALL_ID,
    caller: 'User1',
    callType: 'audio',
    participants: ['User1', 'User2'],
    startedAt: 0,
    ringsUntil: 60_000,
  },
  parties: [
    { userId: 'User1', standing: 'accepted', deviceId: 11 },
    { userId: 'User2', standing: 'called' },
  ],
};
const accepted: StoredCall = {
  ...found,
  parties: [
    { userId: 'User1', standing: 'accepted', deviceId: 11 },
    { userId: 'User2', standing: 'accepted', deviceId: 22 },
  ],
};

/** Notes what it is given to hand over; whether anybody is there the test says. */
class Hands extends CallDelivery {
  readonly handed: string[] = [];
  readonly targets: SignalTarget[] = [];
  connections = 1;

  override isOpen(): Promise<boolean> {
    return Promise.resolve(false);
  }

  override deviceOf(): undefined {
    return undefined;
  }

  override isHere(): boolean {
    return false;
  }

  override async hand({ dataJson }: Signal, target: SignalTarget): Promise<number> {
    this.targets.push(target);
    if (this.connections > 0) this.handed.push(dataJson);
    return this.connections;
  }
}

describe('SignalRelay', () => {
  let hands: Hands;
  let events: DomainEvents;
  let relay: SignalRelay;
  let stands: () => Promise<StoredCall | undefined>;

  const start = (env: Readonly<Record<string, string>> = {}): void => {
    const config = readConfig({ CALL_SIGNAL_WAIT_S: `${WAIT_MS / 1_000}`, ...env });
    const calls = { find: () => stands() } as Partial<CallStore> as CallStore;
    relay = new SignalRelay(calls, hands, events, { now: () => Date.now() }, config);
    relay.onModuleInit();
  };

  beforeEach(() => {
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    jest.useFakeTimers();
    hands = new Hands();
    events = new DomainEvents((error) => {
      throw error;
    });
    stands = async () => found;
  });

  afterEach(async () => {
    await relay.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  const send = (dataJson: string): Promise<void> =>
    relay.send({ callId: CALL_ID, from: 'User1', dataJson }, { userId: 'User2' });

  const comeBack = async (): Promise<void> => {
    hands.connections = 1;
    events.emit('connectionSettled', { connectionId: 'c2', userId: 'User2' });
    await jest.advanceTimersByTimeAsync(0);
  };

  describe('send', () => {
    it('hands it over at once where somebody is there, and keeps nothing', async () => {
      start();
      await send('1');
      expect(hands.handed).toEqual(['1']);
      await comeBack();
      expect(hands.handed).toEqual(['1']);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('keeps it for who is away, in order, and puts newer ones behind', async () => {
      start();
      hands.connections = 0;
      await send('1');
      await send('2');
      hands.connections = 1;
      await send('3');
      expect(hands.handed).toEqual([]);
      await comeBack();

      expect(hands.handed).toEqual(['1', '2', '3']);
    });

    it('tries again where the user may have come back on another server', async () => {
      start();
      hands.connections = 0;
      await send('1');
      await jest.advanceTimersByTimeAsync(RETRY_MS);
      hands.connections = 1;
      expect(hands.handed).toEqual([]);
      await jest.advanceTimersByTimeAsync(RETRY_MS);

      expect(hands.handed).toEqual(['1']);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('goes on where somebody has gone in the middle', async () => {
      start();
      hands.connections = 0;
      await send('1');
      await send('2');
      const hand = hands.hand.bind(hands);
      hands.hand = async (signal, target) => (signal.dataJson === '2' ? 0 : hand(signal, target));
      await comeBack();
      expect(hands.handed).toEqual(['1']);
      hands.hand = hand;
      await comeBack();

      expect(hands.handed).toEqual(['1', '2']);
    });

    it('hands it to the device that has accepted meanwhile', async () => {
      start();
      hands.connections = 0;
      await send('1');
      stands = async () => accepted;
      await comeBack();

      expect(hands.targets.at(-1)).toEqual({ userId: 'User2', deviceId: 22 });
    });

    it.each<[string, StoredCall | undefined]>([
      ['has ended', { ...found, call: { ...found.call, ended: { at: 1, status: 'missed', durationS: 0 } } }],
      ['is gone', undefined],
      ['was left by the receiver', { ...found, parties: found.parties.slice(0, 1) }],
    ])('drops it where the call %s', async (_name, now) => {
      start();
      hands.connections = 0;
      await send('1');
      stands = async () => now;
      await comeBack();
      stands = async () => found;
      await comeBack();

      expect(hands.handed).toEqual([]);
    });

    it('drops it when it has waited long enough', async () => {
      start();
      hands.connections = 0;
      await send('1');
      await jest.advanceTimersByTimeAsync(WAIT_MS);
      await comeBack();

      expect(hands.handed).toEqual([]);
      await jest.advanceTimersByTimeAsync(RETRY_MS);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('keeps nothing where nothing is to wait', async () => {
      start({ CALL_SIGNAL_WAIT_S: '0', MAX_HELD_SIGNALS: '0' });
      hands.connections = 0;
      await send('1');
      await comeBack();

      expect(hands.handed).toEqual([]);
    });

    it('refuses one more than may wait, with 429', async () => {
      start({ MAX_HELD_SIGNALS: '2' });
      hands.connections = 0;
      await send('1');
      await send('2');

      await expect(send('3')).rejects.toMatchObject({ code: 429, details: { retryAfterMs: WAIT_MS } });
    });

    it('waits on while the database is away', async () => {
      start();
      hands.connections = 0;
      await send('1');
      stands = () => Promise.reject(new Error('away'));
      await comeBack();
      await jest.advanceTimersByTimeAsync(RETRY_MS);
      expect(hands.handed).toEqual([]);
      stands = async () => found;
      await jest.advanceTimersByTimeAsync(RETRY_MS);

      expect(hands.handed).toEqual(['1']);
    });
  });
});

import { Logger } from '@nestjs/common';

import { readConfig } from '../../config/read-config.js';
import { CallDelivery } from '../../domain/calls.js';
import { Metrics } from '../../domain/metrics.js';
import type { DueCalls, OpenCall } from '../../log/call-records.js';
import type { CallStore } from '../../log/call-store.js';
import { CallKeeper } from './call-keeper.js';

const INTERVAL_MS = 1_000;
const GONE_MS = 30_000;

/** Where the devices are, the test says. */
class Whereabouts extends CallDelivery {
  readonly here = new Set<number>();

  override isOpen(): Promise<boolean> {
    return Promise.resolve(false);
  }

  override deviceOf(): undefined {
    return undefined;
  }

  override isHere(_userId: string, deviceId: number): boolean {
    return this.here.has(deviceId);
  }

  override async hand(): Promise<number> {
    return 0;
  }
}

describe('CallKeeper', () => {
  let delivery: Whereabouts;
  let metrics: Metrics;
  let keeper: CallKeeper;
  let deeds: unknown[];
  let due: DueCalls;
  let failing: Error | undefined;
  let warn: jest.SpyInstance;

  const open = (callId: string, aliveAt: number, ...deviceIds: readonly number[]): OpenCall => {
    return { callId, aliveAt, devices: deviceIds.map((deviceId) => ({ userId: `User${deviceId}`, deviceId })) };
  };

  beforeEach(() => {
    warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    jest.useFakeTimers({ now: 0 });
    [delivery, metrics, deeds, due, failing] = [
      new Whereabouts(),
      new Metrics(),
      [],
      { unanswered: [], open: [] },
      undefined,
    ];
    const calls = {
      due: async () => {
        if (failing) throw failing;
        return due;
      },
      touch: async (callIds: readonly string[], now: number) => void deeds.push(['touch', callIds, now]),
      closeDue: async (callId: string, why: string) => {
        if (callId === 'stuck') throw new Error('stuck');
        deeds.push([why, callId]);
      },
    } as unknown as CallStore;
    const config = readConfig({ CALL_GONE_S: `${GONE_MS / 1_000}` });
    keeper = new CallKeeper(calls, delivery, { now: () => Date.now() }, metrics, config);
    keeper.onApplicationBootstrap();
  });

  afterEach(async () => {
    await keeper.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  const look = (times = 1): Promise<void> => jest.advanceTimersByTimeAsync(times * INTERVAL_MS);

  it('closes what has rung long enough', async () => {
    due = { unanswered: ['a', 'b'], open: [] };
    await look();
    expect(deeds).toEqual([
      ['unanswered', 'a'],
      ['unanswered', 'b'],
    ]);
  });

  it('says of which calls it has somebody', async () => {
    due = { unanswered: [], open: [open('a', 0, 1, 2), open('b', 0, 3), open('c', 0)] };
    delivery.here.add(2);
    await look();
    expect(deeds).toEqual([['touch', ['a'], INTERVAL_MS]]);
  });

  it('closes what nobody was in for long enough, and no sooner', async () => {
    await look(GONE_MS / INTERVAL_MS + 1);
    due = { unanswered: [], open: [open('a', Date.now() + INTERVAL_MS - GONE_MS, 1), open('b', Date.now(), 2)] };
    await look();
    expect(deeds).toEqual([['gone', 'a']]);
  });

  it('closes nothing as gone before it has run as long itself: clients come back after a crash', async () => {
    due = { unanswered: [], open: [open('a', -GONE_MS, 1)] };
    await look(GONE_MS / INTERVAL_MS);
    expect(deeds).toEqual([]);
    await look();
    expect(deeds).toEqual([['gone', 'a']]);
  });

  it('gives them as long again when the database was away', async () => {
    await look(GONE_MS / INTERVAL_MS);
    failing = new Error('away');
    await look(3);
    expect(warn).toHaveBeenCalledTimes(1);
    failing = undefined;
    due = { unanswered: [], open: [open('a', -GONE_MS, 1)] };
    await look(GONE_MS / INTERVAL_MS);
    expect(deeds).toEqual([]);
    await look();
    expect(deeds).toEqual([['gone', 'a']]);
  });

  it('does not close a call of somebody who is here, however old the word of it is', async () => {
    await look(GONE_MS / INTERVAL_MS + 1);
    due = { unanswered: [], open: [open('a', -GONE_MS, 1)] };
    delivery.here.add(1);
    await look();
    expect(deeds).toEqual([['touch', ['a'], Date.now()]]);
  });

  it('closes the others where one can’t be closed', async () => {
    due = { unanswered: ['stuck', 'b'], open: [] };
    await look(GONE_MS / INTERVAL_MS);
    deeds.length = 0;
    due = { unanswered: ['stuck', 'b'], open: [open('a', -GONE_MS, 1)] };
    await look();
    expect(deeds).toEqual([
      ['unanswered', 'b'],
      ['gone', 'a'],
    ]);
  });

  it('tells how many are open', async () => {
    due = { unanswered: ['a'], open: [open('b', 0, 1), open('c', 0, 2)] };
    await look();
    expect([...metrics.readings()]).toEqual([['calls', '', 2]]);
  });
});

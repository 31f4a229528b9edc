import { Logger } from '@nestjs/common';

import type { BusWatcher } from './bus/bus.js';
import { CutOffNotice } from './cut-off-notice.js';

describe('CutOffNotice', () => {
  let watcher: BusWatcher;
  let said: string[];
  let isDatabaseAway: boolean;
  let notice: CutOffNotice;
  const bus = {
    serverId: 'one',
    isConnected: true,
    watch: (given: BusWatcher) => {
      watcher = given;
      return () => (watcher = {});
    },
  };

  beforeEach(() => {
    jest.useFakeTimers();
    Logger.overrideLogger(false);
    [said, isDatabaseAway, bus.isConnected] = [[], false, true];
    const say = async (what: string) => {
      if (isDatabaseAway) throw new Error('away');
      said.push(what);
    };
    notice = new CutOffNotice(bus, {
      note: (server) => say(`${server} is cut off`),
      forget: (server) => say(`${server} is back`),
    });
    notice.onModuleInit();
  });
  afterEach(async () => {
    await notice.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const leave = () => {
    bus.isConnected = false;
    watcher.away?.();
    return jest.advanceTimersByTimeAsync(0);
  };
  const comeBack = () => {
    bus.isConnected = true;
    watcher.interrupted?.();
    return jest.advanceTimersByTimeAsync(0);
  };

  it('says nothing of a server that hears the others', async () => {
    await comeBack();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(said).toEqual([]);
  });

  it('says it at once and every 2 s, until the server is back', async () => {
    await leave();
    await jest.advanceTimersByTimeAsync(4_000);
    await comeBack();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(said).toEqual([...Array<string>(3).fill('one is cut off'), 'one is back']);
  });

  it('says it of each time that the server is away', async () => {
    for (let time = 0; time < 2; time++) {
      await leave();
      await comeBack();
    }
    expect(said).toEqual(['one is cut off', 'one is back', 'one is cut off', 'one is back']);
  });

  it('goes on while the server hears of another interruption only, or the database is away', async () => {
    isDatabaseAway = true;
    await leave();
    watcher.interrupted?.();
    isDatabaseAway = false;
    await jest.advanceTimersByTimeAsync(2_000);
    expect(said).toEqual(['one is cut off']);
  });

  it('leaves it standing when the server ends so', async () => {
    await leave();
    await notice.onApplicationShutdown();
    expect(said).toEqual(['one is cut off']);
  });
});

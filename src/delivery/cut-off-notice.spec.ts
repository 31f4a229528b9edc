import { Logger } from '@nestjs/common';

import type { BusWatcher } from './bus/bus.js';
import { DomainEvents } from '../domain/domain-events.js';
import { CutOffNotice } from './cut-off-notice.js';
import { MissedServers } from './missed-servers.js';

describe('CutOffNotice', () => {
  let watcher: BusWatcher;
  let said: string[];
  let isDatabaseAway: boolean;
  let events: DomainEvents;
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
    events = new DomainEvents(() => undefined);
    const store = {
      note: (server: string, missed: readonly string[]) =>
        say(missed.length > 0 ? `${server} misses ${missed.join(' and ')}` : `${server} is cut off`),
      forget: (server: string) => say(`${server} is back`),
    };
    notice = new CutOffNotice(bus, store, new MissedServers({ now: () => Date.now() }), events);
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

  const lose = (server: string, isFarewell = false) => {
    watcher.peerGone?.(server, { lastHeardAt: Date.now(), isFarewell });
    return jest.advanceTimersByTimeAsync(0);
  };

  it('says for a while whom the server misses, and gives up who gives no sign of life', async () => {
    await lose('two');
    await jest.advanceTimersByTimeAsync(60_000);
    expect(said).toEqual([...Array<string>(6).fill('one misses two'), 'one is back']);
  });

  it('says nothing of who has said farewell', async () => {
    await lose('two', true);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(said).toEqual([]);
  });

  it('goes on for as long as the database shows the missed one alive, until it is heard', async () => {
    await lose('two');
    for (let time = 0; time < 30; time++) {
      await jest.advanceTimersByTimeAsync(1_000);
      events.emit('cutOffSeen', [{ server: 'two', agoMs: 0 }]);
    }
    expect(said).toEqual(Array<string>(16).fill('one misses two'));
    watcher.peerJoined?.('two');
    await jest.advanceTimersByTimeAsync(10_000);
    expect(said.slice(16)).toEqual(['one is back']);
  });

  it('gives up nobody while the database is away', async () => {
    isDatabaseAway = true;
    await lose('two');
    await jest.advanceTimersByTimeAsync(60_000);
    isDatabaseAway = false;
    await jest.advanceTimersByTimeAsync(2_000);
    expect(said).toEqual(['one misses two']);
  });

  it('says that the server is cut off from all where it is, though it misses somebody besides', async () => {
    await lose('two');
    bus.isConnected = false;
    watcher.away?.();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(said).toEqual(['one misses two', 'one is cut off']);
  });

  it('leaves it standing when the server ends so', async () => {
    await leave();
    await notice.onApplicationShutdown();
    expect(said).toEqual(['one is cut off']);
  });
});

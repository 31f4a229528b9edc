import { Logger } from '@nestjs/common';

import { type CutOffServer, DomainEvents, type TokensRevoked, type UserBanned } from '../domain/domain-events.js';
import type { Refusals } from '../log/refusal-store.js';
import { RefusalWatch } from './refusal-watch.js';

const NOTHING = { othersCutOff: [], revoked: [], banned: [], left: [] };
const revoked = { userId: 'Ann', version: 2, issuedUpTo: 5 };
const banned = { userId: 'Ben' };

describe('RefusalWatch', () => {
  let now: number;
  let isAway: boolean;
  let asked: number[];
  let pages: Partial<Refusals>[];
  let enforced: (TokensRevoked | UserBanned)[];
  let refreshed: string[];
  let rechecked: number[];
  let areOthersCutOff: boolean[];
  let seen: (readonly CutOffServer[])[];
  let watch: RefusalWatch;

  beforeEach(() => {
    jest.useFakeTimers();
    Logger.overrideLogger(false);
    [now, isAway, asked, pages, enforced, refreshed, rechecked] = [100_000, false, [], [], [], [], []];
    [areOthersCutOff, seen] = [[], []];
  });
  afterEach(async () => {
    await watch.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const open = (isLossless = false): void => {
    const refusals = {
      now: async () => {
        if (isAway) throw new Error('away');
        return now;
      },
      since: async (moment: number) => {
        if (isAway) throw new Error('away');
        asked.push(moment);
        return { now, ...NOTHING, ...pages.shift() };
      },
    };
    const viewer = { userId: 'Ann', feeds: [{ recheck: (chatId: number) => rechecked.push(chatId) }] };
    const groups = {
      has: (chatId: number, userId: string) => chatId === 7 && userId === 'Ann',
      refresh: ({ userId }: { userId: string }) => refreshed.push(userId),
    };
    const enforce = { enforce: (each: TokensRevoked | UserBanned) => void enforced.push(each) };
    const hub = { groups, viewer: () => viewer } as never;
    const events = new DomainEvents((error) => {
      throw error;
    });
    events.on('othersCutOff', (are) => areOthersCutOff.push(are));
    events.on('cutOffSeen', (servers) => seen.push(servers));
    watch = new RefusalWatch(
      { isLossless, serverId: 'one' },
      hub,
      refusals,
      { revocations: enforce, bans: enforce },
      events,
    );
    watch.onModuleInit();
  };
  const pass = (ms: number) => {
    now += ms;
    return jest.advanceTimersByTimeAsync(ms);
  };

  it('looks every 500 ms, and at the last seconds again', async () => {
    open();
    await pass(0);
    await pass(500);
    await pass(500);
    expect(asked).toEqual([95_000, 95_000, 95_500]);
  });

  it('has enforced what it finds', async () => {
    pages = [{}, { revoked: [revoked], banned: [banned] }];
    open();
    await pass(0);
    expect(enforced).toEqual([]);
    await pass(500);
    expect(enforced).toEqual([revoked, banned]);
  });

  it('reads the groups of who has left and has a seat here still, and of nobody else', async () => {
    pages = [
      {
        left: [
          { userId: 'Ann', chatId: 7 },
          { userId: 'Ben', chatId: 7 },
          { userId: 'Ann', chatId: 8 },
        ],
      },
    ];
    open();
    await pass(0);
    expect([refreshed, rechecked]).toEqual([['Ann'], [7]]);
  });

  it('tells when another server is cut off, and when none is any more', async () => {
    const two = [{ server: 'two', agoMs: 5 }];
    pages = [{}, { othersCutOff: two }, { othersCutOff: two }, {}, {}];
    open();
    await pass(0);
    expect(areOthersCutOff).toEqual([]);
    await pass(1_000);
    expect(areOthersCutOff).toEqual([true]);
    await pass(1_000);
    expect(areOthersCutOff).toEqual([true, false]);
    expect(seen).toEqual([two, two, []]);
  });

  it('goes on at once where a page is full', async () => {
    pages = [{ next: 96_000, banned: [banned] }, { next: 97_000 }, { revoked: [revoked] }];
    open();
    await pass(0);
    expect(asked).toEqual([95_000, 96_000, 97_000]);
    expect(enforced).toEqual([banned, revoked]);
  });

  it('finds what was refused while the database was away', async () => {
    open();
    await pass(0);
    isAway = true;
    await pass(60_000);
    isAway = false;
    await pass(500);
    expect(asked).toEqual([95_000, 95_000]);
  });

  it('begins when the database is there', async () => {
    isAway = true;
    open();
    await pass(1_000);
    isAway = false;
    await pass(500);
    expect(asked).toEqual([96_500]);
  });

  it('asks nothing on a server that is alone', async () => {
    open(true);
    await pass(5_000);
    expect(asked).toEqual([]);
  });
});

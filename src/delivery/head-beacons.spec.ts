import type { Change } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { DomainEvents } from '../domain/domain-events.js';
import type { BusMessage } from './bus/bus.js';
import { HeadBeacons } from './head-beacons.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const GROUP: ChatAddress = { id: 2, kind: 'group', publicId: 'g_1' };

function edit(chat: ChatAddress, number: number): Change {
  const message = { number };
  return { chat, change: number, newest: 1, at: 0, origin: { userId: 'Ann' }, type: 'messageDeleted', message };
}

function joining(userId: string, number: number): Change {
  const joined = [{ userId, base: 0 }];
  return { ...edit(GROUP, number), type: 'chatChanged', joined, left: [] };
}

describe('HeadBeacons', () => {
  let told: BusMessage[];
  let bus: { isLossless: boolean; peers: Set<string>; serverId: string; publish: (_: unknown, m: BusMessage) => void };
  let events: DomainEvents;
  let beacons: HeadBeacons;

  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    bus = { isLossless: false, peers: new Set(['two']), serverId: 'one', publish: (_, message) => told.push(message) };
    events = new DomainEvents((error) => {
      throw error;
    });
    beacons = new HeadBeacons(bus, events, { now: () => Date.now() });
    beacons.onModuleInit();
  });
  afterEach(() => {
    beacons.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const commit = (...changes: Change[]) => {
    events.emit('changesCommitted', changes);
  };
  const headsTold = () => told.flatMap((message) => (message.kind === 'heads' ? message.heads : []));

  it('tells once how far a chat has got that has become quiet, then has no timer', () => {
    commit(edit(DIALOG, 1), edit(DIALOG, 2));
    jest.advanceTimersByTime(1_500);
    commit(edit(DIALOG, 3));
    jest.advanceTimersByTime(1_500);
    expect(told).toEqual([]);
    jest.advanceTimersByTime(60_000);
    expect(told).toEqual([{ kind: 'heads', server: 'one', heads: [{ chat: DIALOG, change: 3, newest: 1 }] }]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('says who has joined since', () => {
    commit(joining('Cid', 1), joining('Dan', 2), edit(GROUP, 3));
    jest.advanceTimersByTime(3_000);
    expect(headsTold()).toMatchObject([{ chat: GROUP, change: 3, joined: ['Cid', 'Dan'] }]);
  });

  it('tells early of the longest unchanged where more chats wait than it may remember', () => {
    commit(...Array.from({ length: 50_002 }, (_, index) => edit({ ...DIALOG, id: index + 1 }, 1)));
    expect(headsTold().map(({ chat }) => chat.id)).toEqual([1, 2]);
  });

  it('tells of many in several messages', () => {
    commit(...Array.from({ length: 1_001 }, (_, index) => edit({ ...DIALOG, id: index + 1 }, 1)));
    jest.advanceTimersByTime(3_000);
    expect(told).toHaveLength(3);
    expect(headsTold()).toHaveLength(1_001);
  });

  it('makes nobody wait whose clock was set back', () => {
    commit(edit(DIALOG, 1));
    jest.setSystemTime(Date.now() - 3_600_000);
    jest.advanceTimersByTime(500);
    expect(headsTold()).toHaveLength(1);
  });

  it('tells what waits when the server goes', () => {
    commit(edit(DIALOG, 1));
    beacons.onApplicationShutdown();
    expect(headsTold()).toHaveLength(1);
  });

  it('is silent where nobody else is there, or the bus loses nothing', () => {
    bus.peers.clear();
    commit(edit(DIALOG, 1));
    expect(jest.getTimerCount()).toBe(0);
    const lossless = new HeadBeacons({ ...bus, peers: new Set(['two']), isLossless: true }, events, { now: () => 0 });
    lossless.onModuleInit();
    commit(edit(DIALOG, 2));
    expect(jest.getTimerCount()).toBe(0);
  });
});

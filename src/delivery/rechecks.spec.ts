import { FakeDialect, FOLLOWING, framesOf } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { LossyBus } from '../../test/support/delivery/lossy-bus.js';
import type { ChatAddress } from '../domain/chat.js';
import { DomainEvents } from '../domain/domain-events.js';
import type { BusWatcher } from './bus/bus.js';
import type { Feed } from './feed.js';
import { Rechecks } from './rechecks.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const GROUP: ChatAddress = { id: 2, kind: 'group', publicId: 'g_1' };
const CHANNEL: ChatAddress = { id: 3, kind: 'channel', publicId: 'c_1', name: 'general' };

describe('Rechecks', () => {
  let delivery: DeliveryHarness;
  let bus: LossyBus;
  const dialect = new FakeDialect();

  beforeEach(() => {
    bus = new LossyBus((error) => {
      throw error;
    });
    delivery = new DeliveryHarness({}, bus);
    delivery.log.add(DIALOG, ['Ann', 'Bob']);
    delivery.log.add(GROUP, ['Ann', 'Bob']);
    delivery.log.add(CHANNEL, ['Bob']);
    delivery.channels.add(CHANNEL);
  });
  afterEach(() => {
    delivery.close();
  });

  const join = async (outlet: FakeOutlet, spoken = dialect): Promise<Feed> => {
    const feed = delivery.hub.join(outlet, spoken);
    await until(() => feed.hasCaughtUp, 'it has caught up');
    return feed;
  };
  const sendFromBob = ({ id }: ChatAddress, isTold = true) => {
    const change = delivery.log.send(id, { userId: 'Bob' });
    if (isTold) delivery.events.emit('changesCommitted', [change]);
  };
  const toldOf = ({ frames }: FakeOutlet) => framesOf(frames).map(({ chat, change }) => `${chat}:${change}`);
  const interrupt = async (...feeds: Feed[]) => {
    bus.interrupt();
    await until(() => feeds.every(({ hasCaughtUp }) => hasCaughtUp), 'all has been read');
  };

  describe('when the bus was interrupted', () => {
    it('finds what was lost in chats of which something had come, and in others, and sends nothing twice', async () => {
      const ann = new FakeOutlet('Ann');
      const feed = await join(ann);
      sendFromBob(DIALOG);
      await until(() => ann.frames.length === 1, 'the first has come');
      sendFromBob(DIALOG, false);
      sendFromBob(GROUP, false);
      await interrupt(feed);
      expect(toldOf(ann).sort()).toEqual(['1:1', '1:2', '2:1']);
    });

    it('finds what was lost before the connection’s own doing, while an older answer of the log was under way', async () => {
      const tablet = await join(new FakeOutlet('Ann', 'tablet'));
      const before = await join(new FakeOutlet('Ann', 'phone'));
      sendFromBob(DIALOG);
      await turns();
      before.acked(1);
      delivery.hub.leave(before);
      const phone = new FakeOutlet('Ann', 'phone');
      const feed = await join(phone);
      const read = delivery.log.changedChats.bind(delivery.log);
      const reading = jest.spyOn(delivery.log, 'changedChats').mockImplementation(async (deviceId, ...asked) => {
        const answer = await read(deviceId, ...asked);
        if (deviceId !== feed.deviceId) return answer;
        reading.mockRestore();
        sendFromBob(DIALOG, false);
        sendFromBob(DIALOG, false);
        const origin = { userId: 'Ann', connectionId: phone.connectionId };
        delivery.events.emit('changesCommitted', [delivery.log.send(DIALOG.id, origin)]);
        return answer;
      });
      await interrupt(feed, tablet);
      await until(() => toldOf(phone).length >= 2, 'what was lost has come');
      expect(toldOf(phone).slice(0, 2)).toEqual(['1:2', '1:3']);
    });

    it('finds it for connections that say by pings what they have, and for who follows channels', async () => {
      const [pinged, follower] = [new FakeOutlet('Ann'), new FakeOutlet('Cid')];
      const feeds = [
        await join(pinged, new FakeDialect('realtime', undefined, { receivedBy: 'pings' })),
        await join(follower, new FakeDialect('concord', undefined, FOLLOWING)),
      ];
      sendFromBob(DIALOG, false);
      sendFromBob(CHANNEL, false);
      await interrupt(...feeds);
      expect(toldOf(pinged)).toEqual(['1:1']);
      expect(toldOf(follower)).toEqual(['3:1']);
    });

    it('finds what one connection of a device lacks though another has acked it', async () => {
      const [first, second] = [new FakeOutlet('Ann'), new FakeOutlet('Ann')];
      const feeds = [await join(first), await join(second)];
      sendFromBob(DIALOG);
      await until(() => first.frames.length + second.frames.length === 2, 'both have it');
      sendFromBob(DIALOG, false);
      feeds[0]?.behind(DIALOG, { change: 1, number: 1 }, 2);
      await until(() => first.frames.length === 2, 'one has it');
      feeds[0]?.acked(1);
      feeds[0]?.acked(2);
      await interrupt(...feeds);
      expect(toldOf(second)).toEqual(['1:1', '1:2']);
    });

    it('begins a feed that is held with what was lost', async () => {
      const ann = new FakeOutlet('Ann');
      const feed = delivery.hub.join(ann, dialect, { held: true });
      sendFromBob(DIALOG, false);
      bus.interrupt();
      await turns();
      expect(ann.frames).toEqual([]);
      feed.release();
      await until(() => ann.frames.length === 1, 'it has come');
    });

    it('reads the groups again first: who was removed meanwhile has no seat any more', async () => {
      const ann = new FakeOutlet('Ann');
      const feed = await join(ann);
      expect(delivery.hub.groups.has(GROUP.id, 'Ann')).toBe(true);
      jest.spyOn(delivery.log, 'groupsOf').mockResolvedValue([]);
      await interrupt(feed);
      expect(delivery.hub.groups.has(GROUP.id, 'Ann')).toBe(false);
    });

    it('reads the groups once more where they were just being read', async () => {
      const ann = new FakeOutlet('Ann');
      delivery.log.delays = [3];
      const reading = jest.spyOn(delivery.log, 'groupsOf');
      const feed = delivery.hub.join(ann, dialect);
      await until(() => reading.mock.calls.length === 1, 'they are being read');
      await interrupt(feed);
      expect(reading).toHaveBeenCalledTimes(2);
    });

    it('reads no page of the log where nothing was lost, though events wait for their acks', async () => {
      const ann = new FakeOutlet('Ann');
      const feed = await join(ann);
      sendFromBob(DIALOG);
      await until(() => feed.hasCaughtUp && ann.frames.length === 1, 'it has come');
      delivery.log.catchUps.length = 0;
      await interrupt(feed);
      expect(delivery.log.catchUps).toEqual([]);
    });
  });

  describe('of many users', () => {
    let watcher: BusWatcher;
    const line = { isConnected: true, watch: (given: BusWatcher) => ((watcher = given), () => undefined) };
    let rechecks: Rechecks;
    let events: DomainEvents;
    let asked: Map<unknown, number>;
    let hasAnswered: boolean;

    const start = (users: number) => {
      const everybody = Array.from({ length: users }, () => ({
        isGone: false,
        feeds: [
          {
            get isAsking() {
              return !hasAnswered;
            },
          },
        ],
      }));
      const hub = { everybody, recheck: (viewer: unknown) => asked.set(viewer, (asked.get(viewer) ?? 0) + 1) };
      const channels = { doubt: () => Promise.resolve() };
      rechecks = new Rechecks(line, hub as never, channels, events, { now: () => Date.now() });
      rechecks.onModuleInit();
    };
    beforeEach(() => {
      jest.useFakeTimers();
      asked = new Map();
      events = new DomainEvents((error) => {
        throw error;
      });
      hasAnswered = true;
      line.isConnected = true;
    });
    afterEach(() => {
      rechecks.onApplicationShutdown();
      expect(jest.getTimerCount()).toBe(0);
      jest.useRealTimers();
    });

    it('looks after them lot by lot, each once', () => {
      start(25);
      watcher.interrupted?.();
      expect(asked.size).toBe(10);
      jest.advanceTimersByTime(1_000);
      expect([...asked.values()]).toEqual(Array(25).fill(1));
      expect(jest.getTimerCount()).toBe(0);
    });

    it('waits for the log’s answers, but not for ever', () => {
      start(25);
      hasAnswered = false;
      watcher.interrupted?.();
      jest.advanceTimersByTime(4_000);
      expect(asked.size).toBe(10);
      jest.advanceTimersByTime(2_000);
      expect(asked.size).toBe(20);
    });

    it('keeps nobody waiting for ever however often it is interrupted', () => {
      start(25);
      for (let time = 0; time < 3; time++) watcher.interrupted?.();
      expect(asked.size).toBe(25);
    });

    it('goes round and round while the bus is away, and ends with one round when it is back', () => {
      start(5);
      line.isConnected = false;
      watcher.away?.();
      jest.advanceTimersByTime(5_000);
      expect([...asked.values()]).toEqual(Array(5).fill(3));
      line.isConnected = true;
      watcher.interrupted?.();
      jest.advanceTimersByTime(60_000);
      expect([...asked.values()]).toEqual(Array(5).fill(4));
    });

    it('goes round and round while another server is cut off, and ends with one round when none is', () => {
      start(5);
      events.emit('othersCutOff', true);
      jest.advanceTimersByTime(5_000);
      expect([...asked.values()]).toEqual(Array(5).fill(3));
      events.emit('othersCutOff', false);
      jest.advanceTimersByTime(60_000);
      expect([...asked.values()]).toEqual(Array(5).fill(4));
    });
  });
});

import { DeliveryHarness } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import { LossyBus } from '../../test/support/delivery/lossy-bus.js';
import { CloseReasons } from '../domain/close-reasons.js';
import type { IntroducedDevice } from '../log/device-store.js';
import type { OpenedDevice } from './bus/bus.js';
import { LocalBus } from './bus/local-bus.js';
import { userSubject } from './bus/subjects.js';
import { Replacements } from './replacements.js';

describe('Replacements', () => {
  const dialect = new FakeDialect();
  let bus: LossyBus;
  let delivery: DeliveryHarness;
  let replacements: Replacements;
  let heard: OpenedDevice[];
  let written: IntroducedDevice[];
  let asked: IntroducedDevice[];
  let takenOver: number[];
  let isAway: boolean;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    [heard, written, asked, takenOver, isAway] = [[], [], [], [], false];
    bus = new LossyBus((error) => {
      throw error;
    });
    bus.listen((message) => {
      if (message.kind === 'deviceOpened') heard.push(message.opened);
    });
    open(bus);
  });
  afterEach(async () => {
    for (const feed of [...delivery.hub.feeds]) delivery.hub.leave(feed);
    await replacements.onApplicationShutdown();
    delivery.close();
    jest.useRealTimers();
  });

  const open = (on: LocalBus): void => {
    delivery = new DeliveryHarness({}, on);
    const devices = {
      takeOver: async (opened: readonly IntroducedDevice[]) => {
        if (isAway) throw new Error('away');
        written.push(...opened);
      },
      takenOver: async (ours: readonly IntroducedDevice[]) => {
        if (isAway) throw new Error('away');
        asked.push(...ours);
        return takenOver;
      },
    };
    replacements = new Replacements(on, delivery.hub, devices, delivery.events);
    replacements.onModuleInit();
  };
  const settle = ({ connectionId, principal: { userId } }: FakeOutlet): void => {
    delivery.events.emit('connectionSettled', { connectionId, userId });
  };
  const join = (introducedAs: number | undefined, device = 'phone', userId = 'Ann'): FakeOutlet => {
    const outlet = new FakeOutlet(userId, device);
    if (introducedAs !== undefined) Object.assign(outlet, { deviceId: 7, introducedAs });
    delivery.hub.join(outlet, dialect);
    settle(outlet);
    return outlet;
  };
  const told = (introducedAs: number, device = 'phone', other: Partial<OpenedDevice> = {}): void => {
    const opened = { userId: 'Ann', dialect: dialect.name, device, introducedAs, ...other };
    bus.bring([userSubject('Ann')], { kind: 'deviceOpened', opened });
  };

  describe('over the bus', () => {
    it('tells of a named device, and of no unnamed one', () => {
      join(3);
      join(4, '');
      expect(heard).toEqual([
        { userId: 'Ann', dialect: dialect.name, device: 'phone', sessionId: undefined, introducedAs: 3 },
      ]);
    });

    it('closes what was introduced before the one that has opened elsewhere, and nothing else', () => {
      const phone = join(3);
      const [laptop, unnamed, bobs] = [join(4, 'laptop'), join(5, ''), join(6, 'phone', 'Bob')];
      told(9);
      expect(phone.closeReason).toBe(CloseReasons.replaced);
      expect([laptop.closed, unnamed.closed, bobs.closed]).toEqual([false, false, false]);
    });

    it('keeps the newer one whatever comes late, and tells of it', () => {
      const phone = join(9);
      heard = [];
      told(3);
      expect(phone.closed).toBe(false);
      expect(heard.map(({ introducedAs }) => introducedAs)).toEqual([3, 9]);
    });

    it('knows a session by its number, whatever its device is', () => {
      const outlet = new FakeOutlet('Ann', 'phone');
      const session = { sessionId: 4, name: 's', resumed: false, gap: [], subscriptions: [], position: 0 };
      Object.assign(outlet, { deviceId: 7, introducedAs: 3, session });
      delivery.hub.join(outlet, dialect);
      settle(outlet);
      told(9, '', { sessionId: 5 });
      expect(outlet.closed).toBe(false);
      told(9, '', { sessionId: 4 });
      expect(outlet.closeReason).toBe(CloseReasons.replaced);
    });

    it('leaves the device alone in another dialect', () => {
      const phone = join(3);
      told(9, 'phone', { dialect: 'concord' });
      expect(phone.closed).toBe(false);
    });

    it('leaves one that the database has yet to hear of: it will be the newest', () => {
      delivery.log.isAway = true;
      const phone = join(undefined);
      told(9);
      expect(phone.closed).toBe(false);
    });

    it('tells of one that the database has heard of late', () => {
      const phone = join(undefined);
      expect(heard).toEqual([]);
      const feed = delivery.hub.feedById(phone.connectionId);
      jest.spyOn(feed as never, 'introducedAs', 'get').mockReturnValue(8 as never);
      delivery.events.emit('deviceIntroduced', { connectionId: phone.connectionId, userId: 'Ann' });
      expect(heard.map(({ introducedAs }) => introducedAs)).toEqual([8]);
    });
  });

  describe('on one server', () => {
    beforeEach(async () => {
      await replacements.onApplicationShutdown();
      delivery.close();
      open(
        new LocalBus((error) => {
          throw error;
        }),
      );
    });

    it('closes the one that was introduced first, though it has opened last', () => {
      const newer = join(4);
      const older = join(3);
      expect(older.closeReason).toBe(CloseReasons.replaced);
      expect(newer.closed).toBe(false);
    });

    it('asks the database nothing', async () => {
      join(3);
      await jest.advanceTimersByTimeAsync(5_000);
      expect([written, asked]).toEqual([[], []]);
    });
  });

  describe('by the database', () => {
    it('writes what has opened, and asks whether it is still the newest', async () => {
      join(3);
      await jest.advanceTimersByTimeAsync(500);
      expect(written).toEqual([[7, 3]]);
      expect(asked).toEqual([[7, 3]]);
      await jest.advanceTimersByTimeAsync(500);
      expect(written).toHaveLength(1);
      expect(asked).toHaveLength(2);
    });

    it('closes one of which a newer one was never heard', async () => {
      const phone = join(3);
      takenOver = [7];
      await jest.advanceTimersByTimeAsync(500);
      expect(phone.closeReason).toBe(CloseReasons.replaced);
    });

    it('does not write what has closed before', async () => {
      const phone = join(3);
      phone.close(CloseReasons.idle);
      await jest.advanceTimersByTimeAsync(500);
      expect(written).toEqual([]);
    });

    it('goes on when the database is back', async () => {
      isAway = true;
      join(3);
      await jest.advanceTimersByTimeAsync(2_000);
      isAway = false;
      await jest.advanceTimersByTimeAsync(500);
      expect(written).toEqual([[7, 3]]);
    });

    it('asks about a thousand at a time', async () => {
      for (let each = 1; each <= 1_001; each += 1) {
        const outlet = new FakeOutlet('Ann', `d${each}`);
        Object.assign(outlet, { deviceId: each, introducedAs: each });
        delivery.hub.join(outlet, dialect);
        settle(outlet);
      }
      await jest.advanceTimersByTimeAsync(500);
      expect(written).toHaveLength(1_001);
      expect(asked).toHaveLength(1_000);
      await jest.advanceTimersByTimeAsync(500);
      expect(asked).toHaveLength(1_001);
    });
  });
});

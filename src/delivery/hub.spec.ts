import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, framesOf } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import { LossyBus } from '../../test/support/delivery/lossy-bus.js';
import { CloseReasons } from '../domain/close-reasons.js';

describe('Hub', () => {
  let delivery: DeliveryHarness;
  const messaging = new FakeDialect('messaging');
  const realtime = new FakeDialect('realtime');

  beforeEach(() => {
    delivery = new DeliveryHarness();
  });
  afterEach(() => {
    delivery.close();
  });

  describe('introduce', () => {
    const arrival = { userId: 'Ann', dialect: 'messaging', device: '' };

    it('says which device it is, what became of its token, and whether its user is banned', async () => {
      expect(await delivery.hub.introduce(arrival)).toEqual({
        ...{ deviceId: 1, introducedAs: 1, isRevoked: false, isBanned: false },
      });
      delivery.log.revoked.add('Ann');
      expect(await delivery.hub.introduce(arrival)).toMatchObject({ isRevoked: true });
      delivery.log.banned.add('Ann');
      expect(await delivery.hub.introduce(arrival)).toMatchObject({ isBanned: true });
    });

    it('says nothing while the database is away', async () => {
      delivery.log.isAway = true;
      expect(await delivery.hub.introduce(arrival)).toBeUndefined();
    });

    it('tells of a user who was not there, once', async () => {
      const joined: unknown[] = [];
      delivery.events.on('userJoined', (user) => joined.push(user));
      delivery.log.unseen.set('Ann', 7);
      await delivery.hub.introduce(arrival);
      delivery.hub.join(new FakeOutlet('Ann'), messaging);
      await turns();
      expect(joined).toEqual([{ userId: 'Ann', userNumber: 7 }]);
    });

    it('lets devices of concord resume, in the channels that the token allows', async () => {
      for (const name of ['general', 'other']) {
        const id = name === 'other' ? 2 : 1;
        delivery.channels.add({ id, kind: 'channel', publicId: `c_${name}`, name });
      }
      const token = { version: 1, issuedAt: 5 };
      await delivery.hub.introduce(arrival);
      await delivery.hub.introduce({ ...arrival, dialect: 'concord', token });
      const topics = { subscribe: ['chat.other'], publish: [] };
      await delivery.hub.introduce({ ...arrival, dialect: 'concord', topics });
      // Five minutes, and the hundred seconds between two touches of a connected device.
      const resume = { afterMs: 400_000, maxMissed: 1_000 };
      expect(delivery.log.arrivals).toEqual([
        { ...arrival, resume: undefined },
        { ...arrival, dialect: 'concord', token, resume },
        { ...arrival, dialect: 'concord', resume: { ...resume, channels: [2] } },
      ]);
    });
  });

  describe('join', () => {
    it('closes an older connection of the same named device, and that alone', () => {
      const { hub } = delivery;
      const older = new FakeOutlet('Ann', 'phone');
      const others = [new FakeOutlet('Ann', 'desk'), new FakeOutlet('Ann'), new FakeOutlet('Bob', 'phone')];
      const newer = new FakeOutlet('Ann', 'phone');
      hub.join(older, messaging);
      for (const other of others) hub.join(other, messaging);
      hub.join(new FakeOutlet('Ann', 'phone'), realtime);
      hub.join(newer, messaging);
      expect(older.closeReason).toBe(CloseReasons.replaced);
      expect([...others, newer].map(({ closed }) => closed)).toEqual([false, false, false, false]);
    });

    it('closes an older connection of the same session', () => {
      const session = { sessionId: 4, name: 'home', resumed: true, gap: [], subscriptions: [], position: 0 };
      const [older, newer, other] = [new FakeOutlet('Ann'), new FakeOutlet('Ann'), new FakeOutlet('Ann')];
      older.session = session;
      newer.session = session;
      other.session = { ...session, sessionId: 5, name: 'work' };
      for (const outlet of [older, other, newer]) delivery.hub.join(outlet, realtime);
      expect(older.closeReason).toBe(CloseReasons.replaced);
      expect([newer.closed, other.closed]).toEqual([false, false]);
    });

    it('lets a connection that has left come back in another dialect, with all that waits for it there', async () => {
      const { hub, log, events } = delivery;
      const chat = log.add({ id: 1, kind: 'dialog', users: ['Ann', 'Bob'] }, ['Ann', 'Bob']);
      const outlet = new FakeOutlet('Ann');
      const held = hub.join(outlet, realtime, { held: true });
      await turns();
      events.emit('changesCommitted', [log.send(chat.id, { userId: 'Bob' })]);
      hub.leave(held);
      const feed = hub.join(outlet, messaging);
      await turns();
      events.emit('changesCommitted', [log.send(chat.id, { userId: 'Bob' })]);
      expect(framesOf(outlet.frames).map(({ id, change }) => [id, change])).toEqual([
        [1, 1],
        [2, 2],
      ]);
      expect(hub.feedById(outlet.connectionId)).toBe(feed);
      expect(hub.feedsOf('Ann')).toEqual([feed]);
    });

    it('closes a connection whose token turns out to be revoked once the database can be asked', async () => {
      const outlet = new FakeOutlet('Ann');
      outlet.principal = { ...outlet.principal, token: { version: 3 } };
      delivery.log.revoked.add('Ann');
      const feed = delivery.hub.join(outlet, messaging);
      await turns();
      expect(outlet.closeReason).toBe(CloseReasons.tokenRevoked);
      expect(delivery.log.arrivals).toMatchObject([{ userId: 'Ann', token: { version: 3 } }]);
      feed.drained();
      await turns();
      expect(delivery.log.arrivals).toHaveLength(1);
    });

    it('leaves unnamed connections side by side', () => {
      const first = new FakeOutlet('Ann');
      delivery.hub.join(first, messaging);
      delivery.hub.join(new FakeOutlet('Ann'), messaging);
      expect(first.closed).toBe(false);
      expect(delivery.hub.feedsOf('Ann')).toHaveLength(2);
    });
  });

  describe('join, where a connection of the device has just closed on another server', () => {
    class SharedBus extends LossyBus {
      override readonly peers: ReadonlySet<string> = new Set(['another']);
    }

    it('waits for what that confirmed last, and does not tell it again', async () => {
      delivery.close();
      const bus = new SharedBus((error) => {
        throw error;
      });
      delivery = new DeliveryHarness({}, bus);
      const { log, hub } = delivery;
      const chat = log.add({ id: 1, kind: 'dialog', users: ['Ann', 'Bob'] }, ['Ann', 'Bob']);
      for (let count = 0; count < 2; count++) log.send(chat.id, { userId: 'Bob' });
      const move = (change: number) => ({
        ...{ deviceId: 1, chatId: chat.id, position: { change, number: change }, ahead: [] },
      });
      const answers = [
        { moves: [move(1)], isMoreToCome: true },
        { moves: [], isMoreToCome: true },
        { moves: [move(2)], isMoreToCome: false },
      ];
      bus.answer('unsavedCursors', () => answers.shift() ?? { moves: [], isMoreToCome: false });
      const outlet = new FakeOutlet('Ann', 'phone');
      outlet.deviceId = (await hub.introduce({ userId: 'Ann', dialect: 'messaging', device: 'phone' }))?.deviceId;
      const feed = hub.join(outlet, messaging);
      await until(() => feed.hasCaughtUp, 'it has caught up');
      expect(outlet.frames).toEqual([]);
      expect(answers).toEqual([]);
    });

    const joinAt = async (bus: SharedBus) => {
      delivery.close();
      delivery = new DeliveryHarness({}, bus);
      const outlet = new FakeOutlet('Ann', 'phone');
      outlet.deviceId = (await delivery.hub.introduce({ userId: 'Ann', dialect: 'messaging', device: 'phone' }))
        ?.deviceId;
      return delivery.hub.join(outlet, messaging);
    };
    const throwing = (error: unknown): void => {
      throw error;
    };

    it('waits no longer than a second for more to come', async () => {
      const bus = new SharedBus(throwing);
      const answer = jest.fn(() => ({ moves: [], isMoreToCome: true }));
      bus.answer('unsavedCursors', answer);
      const feed = await joinAt(bus);
      await until(() => feed.hasCaughtUp, 'it has caught up');
      expect(answer.mock.calls.length).toBeLessThan(10);
    });

    it('does not wait where the connection closes meanwhile, however many have, one after the other', async () => {
      const bus = new SharedBus(throwing);
      let stopsAnswering = true;
      jest
        .spyOn(bus, 'ask')
        .mockImplementation(() => (stopsAnswering ? new Promise(() => undefined) : Promise.resolve([])));
      for (let feed = await joinAt(bus), times = 0; times < 3; times++) {
        delivery.hub.leave(feed);
        feed = delivery.hub.join(feed.outlet, messaging);
        stopsAnswering = times < 1;
      }
      const [feed] = delivery.hub.feedsOf('Ann');
      await until(() => feed?.hasCaughtUp === true, 'the last has caught up');
    });
  });

  describe('leave', () => {
    it('forgets the connection, and once more does nothing', async () => {
      const { hub } = delivery;
      const outlet = new FakeOutlet('Ann');
      const feed = hub.join(outlet, messaging);
      expect(hub.connectionById(outlet.connectionId)).toBe(outlet);
      hub.leave(feed);
      hub.leave(feed);
      expect(hub.connectionById(outlet.connectionId)).toBeUndefined();
      expect(hub.feedsOf('Ann')).toEqual([]);
      await hub.settled();
      expect(delivery.log.departed).toEqual([1]);
    });
  });

  describe('settled', () => {
    it('resolves when what was acked is written', async () => {
      const { hub, log } = delivery;
      const chat = log.add({ id: 1, kind: 'dialog', users: ['Ann', 'Bob'] }, ['Ann', 'Bob']);
      const feed = hub.join(new FakeOutlet('Ann'), messaging);
      await turns();
      delivery.events.emit('changesCommitted', [log.send(chat.id, { userId: 'Bob' })]);
      feed.acked(1);
      await hub.settled();
      expect(log.cursorOf(1, chat.id)?.position).toEqual({ change: 1, number: 1 });
    });
  });
});

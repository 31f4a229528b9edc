import { DeliveryHarness, turns } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, framesOf } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
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

    it('leaves unnamed connections side by side', () => {
      const first = new FakeOutlet('Ann');
      delivery.hub.join(first, messaging);
      delivery.hub.join(new FakeOutlet('Ann'), messaging);
      expect(first.closed).toBe(false);
      expect(delivery.hub.feedsOf('Ann')).toHaveLength(2);
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

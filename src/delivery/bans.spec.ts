import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import { CloseReasons } from '../domain/close-reasons.js';

describe('Bans', () => {
  let delivery: DeliveryHarness;
  const dialect = new FakeDialect();

  beforeEach(() => {
    delivery = new DeliveryHarness();
  });
  afterEach(() => {
    for (const userId of ['Ann', 'Bob']) for (const feed of [...delivery.hub.feedsOf(userId)]) delivery.hub.leave(feed);
    delivery.close();
  });

  /** Of a device that the database was asked about before the connection opened. */
  const join = (userId: string): FakeOutlet => {
    const outlet = new FakeOutlet(userId);
    outlet.deviceId = 1;
    delivery.hub.join(outlet, dialect);
    delivery.events.emit('connectionOpened', { connectionId: outlet.connectionId, userId });
    return outlet;
  };
  const ban = (userId: string) => {
    delivery.log.banned.add(userId);
    delivery.events.emit('userBanned', { userId });
  };

  it('closes all connections of the user within the call, and nobody else’s', () => {
    const [first, second, bob] = [join('Ann'), join('Ann'), join('Bob')];
    ban('Ann');
    expect([first.closeReason, second.closeReason]).toEqual([CloseReasons.banned, CloseReasons.banned]);
    expect(bob.closed).toBe(false);
  });

  it('closes one that opens after its user was let in and banned', async () => {
    ban('Ann');
    const [ann, bob] = [join('Ann'), join('Bob')];
    await until(() => ann.closed, 'it is closed');
    expect(ann.closeReason).toBe(CloseReasons.banned);
    expect(bob.closed).toBe(false);
  });

  it('leaves one that opens after the ban was lifted, and asks for no further one', async () => {
    ban('Ann');
    delivery.log.banned.clear();
    const ann = join('Ann');
    await turns();
    expect(ann.closed).toBe(false);
    const asked = delivery.log.arrivals.length;
    join('Ann');
    await turns();
    expect(delivery.log.arrivals).toHaveLength(asked);
  });

  it('asks to come back later while nobody can say', async () => {
    ban('Ann');
    delivery.log.isAway = true;
    const ann = join('Ann');
    await until(() => ann.closed, 'it is closed');
    expect(ann.closeReason).toBe(CloseReasons.overloaded);
  });

  it('asks to come back later where asking fails', async () => {
    ban('Ann');
    delivery.log.connect = () => Promise.reject(new Error('of the database'));
    const ann = join('Ann');
    await until(() => ann.closed, 'it is closed');
    expect(ann.closeReason).toBe(CloseReasons.overloaded);
  });

  it('closes one of which the database could not be asked before it opened', async () => {
    delivery.log.banned.add('Ann');
    const ann = new FakeOutlet('Ann');
    delivery.hub.join(ann, dialect);
    await until(() => ann.closed, 'it is closed');
    expect(ann.closeReason).toBe(CloseReasons.banned);
  });
});

import { DeliveryHarness, turns } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import type { SignalTarget } from '../domain/calls.js';
import type { EphemeralEvent } from '../domain/events.js';

const SIGNAL = { callId: 'call_1', from: 'Bob', dataJson: '{"sdp":"v=0"}' };

/** One that has no words for calls. */
class Callless extends FakeDialect {
  override encodeEphemeral(event: EphemeralEvent, viewer: string): string {
    const encoded = super.encodeEphemeral(event, viewer);
    return event.type === 'signal' ? (undefined as unknown as string) : encoded;
  }
}

describe('BusCallDelivery', () => {
  let delivery: DeliveryHarness;
  let messaging: FakeDialect;

  beforeEach(() => {
    delivery = new DeliveryHarness();
    messaging = new FakeDialect('messaging');
  });
  afterEach(() => {
    delivery.close();
  });

  const join = async (userId: string, device: string, dialect = messaging): Promise<FakeOutlet> => {
    const outlet = new FakeOutlet(userId, device);
    delivery.hub.join(outlet, dialect);
    await turns();
    return outlet;
  };
  const deviceOf = ({ connectionId }: FakeOutlet) => delivery.calls.deviceOf(connectionId);
  const hand = (target: SignalTarget) => delivery.calls.hand(SIGNAL, target);
  const signalsIn = ({ frames }: FakeOutlet) => frames.map((frame) => JSON.parse(frame) as unknown);

  describe('deviceOf', () => {
    it('knows the device once the database has heard of it', async () => {
      const outlet = new FakeOutlet('Ann', 'phone');
      delivery.hub.join(outlet, messaging);
      expect(deviceOf(outlet)).toBeUndefined();
      await turns();
      expect(deviceOf(outlet)).toEqual(expect.any(Number));
    });

    it('knows nothing of connections of others', () => {
      expect(delivery.calls.deviceOf('connection-elsewhere')).toBeUndefined();
    });
  });

  describe('isHere', () => {
    it('is true while a connection of the device is open', async () => {
      const phone = await join('Ann', 'phone');
      const deviceId = deviceOf(phone) ?? 0;
      expect(delivery.calls.isHere('Ann', deviceId)).toBe(true);
      expect(delivery.calls.isHere('Ann', deviceId + 1)).toBe(false);
      expect(delivery.calls.isHere('Bob', deviceId)).toBe(false);
      phone.closed = true;
      expect(delivery.calls.isHere('Ann', deviceId)).toBe(false);
    });
  });

  describe('hand', () => {
    it('hands the signal to all devices of the user, and to nobody else', async () => {
      const [phone, laptop, bob] = [await join('Ann', 'phone'), await join('Ann', 'laptop'), await join('Bob', '')];
      expect(await hand({ userId: 'Ann' })).toBe(2);
      expect(signalsIn(phone)).toEqual([{ type: 'signal', ...SIGNAL, viewer: 'Ann' }]);
      expect(laptop.frames).toEqual(phone.frames);
      expect(bob.frames).toEqual([]);
      expect(messaging.encoded).toBe(1);
    });

    it('hands it to this server’s within the call', async () => {
      const phone = await join('Ann', 'phone');
      const handing = hand({ userId: 'Ann' });
      expect(phone.frames).toHaveLength(1);
      await handing;
    });

    it('hands it to the device alone where one is named', async () => {
      const [phone, laptop] = [await join('Ann', 'phone'), await join('Ann', 'laptop')];
      expect(await hand({ userId: 'Ann', deviceId: deviceOf(laptop) })).toBe(1);
      expect(phone.frames).toEqual([]);
      expect(laptop.frames).toHaveLength(1);
    });

    it('prefers the connection while it is open, and then takes all of its device', async () => {
      const [first, second, phone] = [await join('Ann', ''), await join('Ann', ''), await join('Ann', 'phone')];
      const target = { userId: 'Ann', deviceId: deviceOf(first), connectionId: first.connectionId };
      expect(await hand(target)).toBe(1);
      first.closed = true;
      expect(await hand(target)).toBe(1);
      expect([first, second, phone].map(({ frames }) => frames.length)).toEqual([1, 1, 0]);
    });

    it('waits for the connection that is meant while it is open, and catches up', async () => {
      const other = await join('Ann', '');
      const meant = new FakeOutlet('Ann');
      delivery.hub.join(meant, messaging, { held: true });
      await turns();
      expect(await hand({ userId: 'Ann', deviceId: deviceOf(other), connectionId: meant.connectionId })).toBe(0);
      expect([other, meant].map(({ frames }) => frames.length)).toEqual([0, 0]);
    });

    it('does not take another user’s connection for the one that is named', async () => {
      const bob = await join('Bob', '');
      expect(await hand({ userId: 'Ann', connectionId: bob.connectionId })).toBe(0);
      expect(bob.frames).toEqual([]);
    });

    it('counts nobody whose dialect has no calls', async () => {
      const ann = await join('Ann', '', new Callless('realtime'));
      expect(await hand({ userId: 'Ann' })).toBe(0);
      expect(ann.frames).toEqual([]);
    });

    it('counts nobody who has no room for it', async () => {
      const ann = await join('Ann', '');
      ann.bufferedBytes = delivery.limits.maxBufferedBytes;
      expect(await hand({ userId: 'Ann' })).toBe(0);
    });

    it('counts nobody who is held', async () => {
      delivery.hub.join(new FakeOutlet('Ann'), messaging, { held: true });
      await turns();
      expect(await hand({ userId: 'Ann' })).toBe(0);
    });
  });
});

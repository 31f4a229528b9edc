import { DeliveryHarness, turns } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import type { Audience, EphemeralEvent } from '../domain/events.js';
import { LocalBus } from './bus/local-bus.js';
import { CountedAnnouncements } from './counted-announcements.js';

const NEWS: EphemeralEvent = { type: 'notification', notification: { level: 'info', title: 'T', message: 'M' } };

/** Shows nobody anything of what is not kept. */
class SilentDialect extends FakeDialect {
  override encodeEphemeral(): string {
    return undefined as unknown as string;
  }
}

describe('CountedAnnouncements', () => {
  let delivery: DeliveryHarness;
  let announcements: CountedAnnouncements;

  beforeEach(() => {
    const bus = new LocalBus((error) => {
      throw error;
    });
    delivery = new DeliveryHarness({ maxBufferedBytes: 100 }, bus);
    announcements = new CountedAnnouncements(bus, delivery.crier);
    announcements.onModuleInit();
  });
  afterEach(() => {
    announcements.onApplicationShutdown();
    delivery.close();
  });

  async function join(userId: string, dialect = new FakeDialect()): Promise<FakeOutlet> {
    const outlet = new FakeOutlet(userId);
    delivery.hub.join(outlet, dialect);
    delivery.topicHub.join(outlet, dialect).start();
    await turns();
    return outlet;
  }

  const tell = (audience: Audience) => announcements.tell({ audience, event: NEWS });

  it('tells each connection of the audience once, and counts them', async () => {
    const [bob, tablet, cid] = [await join('Bob'), await join('Bob'), await join('Cid')];
    for (const outlet of [bob, cid]) delivery.topicHub.feedById(outlet.connectionId)?.add(['news.*']);
    expect(await tell({ users: ['Bob', 'Bob', 'Nobody'] })).toBe(2);
    expect(await tell({ everybody: true })).toBe(3);
    expect(await tell({ users: [], topic: 'news.today' })).toBe(2);
    expect(await tell({ users: ['Bob'], topic: 'news.today' })).toBe(3);
    expect([bob, tablet, cid].map(({ frames }) => frames.length)).toEqual([4, 3, 3]);
  });

  it('counts nobody who is not shown it', async () => {
    await join('Bob', new SilentDialect());
    expect(await tell({ users: ['Bob'] })).toBe(0);
    expect(await tell({ everybody: true })).toBe(0);
  });

  it('counts nobody whose reader is too slow, but as one who went without', async () => {
    const bob = await join('Bob');
    bob.bufferedBytes = 100;
    expect(await tell({ everybody: true })).toBe(0);
    expect(delivery.metrics.drops.of('ephemeral').value).toBe(1);
  });
});

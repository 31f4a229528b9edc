import { DeliveryHarness, turns } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, SUBSCRIBED } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import type { ChatAddress } from '../domain/chat.js';
import type { Journey } from '../domain/journeys.js';
import type { AnswerOf, BusQuestionKind } from './bus/bus.js';
import { LocalBus } from './bus/local-bus.js';
import type { Feed } from './feed.js';
import { JourneyRecords } from './journey-records.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };

/** Another server answers too. */
class AnsweringBus extends LocalBus {
  other?: Journey;

  override async ask<K extends BusQuestionKind>(
    ...asked: Parameters<LocalBus['ask']>
  ): Promise<readonly AnswerOf<K>[]> {
    const own = (await super.ask(...asked)) as readonly AnswerOf<K>[];
    return this.other ? [...own, this.other] : own;
  }
}

describe('JourneyRecords', () => {
  let bus: AnsweringBus;
  let delivery: DeliveryHarness;
  let journeys: JourneyRecords;

  beforeEach(() => {
    bus = new AnsweringBus((error) => {
      throw error;
    });
    delivery = new DeliveryHarness({}, bus);
    delivery.log.add(DIALOG, ['Ann', 'Bob']);
    journeys = new JourneyRecords(bus, delivery.records);
    journeys.onModuleInit();
  });
  afterEach(() => {
    journeys.onApplicationShutdown();
    delivery.close();
  });

  async function join(userId: string, dialect = new FakeDialect(), device = 'phone'): Promise<Feed> {
    const feed = delivery.hub.join(new FakeOutlet(userId, device), dialect);
    await turns();
    return feed;
  }

  /** @returns its number among all messages */
  function send(at: number): number {
    delivery.clock.at = at;
    const change = delivery.log.send(DIALOG.id, { userId: 'Bob' });
    delivery.events.emit('changesCommitted', [change]);
    return change.message.id;
  }

  it('tells when a message was fanned out, written and acked', async () => {
    const feed = await join('Ann');
    const messageId = send(2_000);
    delivery.clock.at = 3_000;
    feed.acked(feed.lastEventId);
    expect(await journeys.of(messageId)).toEqual({
      publishedAt: 2_000,
      deliveries: [{ userId: 'Ann', device: 'phone', dialect: 'messaging', writtenAt: 2_000, ackedAt: 3_000 }],
    });
  });

  it('takes the answer to a ping for an ack, and for its time the answer’s', async () => {
    const feed = await join(
      'Ann',
      new FakeDialect('realtime', undefined, { ...SUBSCRIBED, followsChannels: 'joined' }),
    );
    const messageId = send(2_000);
    delivery.clock.at = 3_000;
    feed.received(feed.lastEventId);
    delivery.clock.at = 4_000;
    await turns();
    expect((await journeys.of(messageId)).deliveries).toMatchObject([{ writtenAt: 2_000, ackedAt: 3_000 }]);
  });

  it('tells of what a device catches up with', async () => {
    await delivery.hub.introduce({ userId: 'Ann', dialect: 'messaging', device: 'phone' });
    const messageId = send(2_000);
    expect((await journeys.of(messageId)).deliveries).toEqual([]);
    delivery.clock.at = 5_000;
    await join('Ann');
    expect((await journeys.of(messageId)).deliveries).toMatchObject([{ userId: 'Ann', writtenAt: 5_000 }]);
  });

  it('tells of each device once, with the first times of all servers', async () => {
    await join('Ann');
    const messageId = send(2_000);
    const elsewhere = { userId: 'Ann', device: 'phone', dialect: 'messaging' } as const;
    bus.other = { publishedAt: 1_900, deliveries: [{ ...elsewhere, writtenAt: 2_500, ackedAt: 2_600 }] };
    expect(await journeys.of(messageId)).toEqual({
      publishedAt: 1_900,
      deliveries: [{ ...elsewhere, writtenAt: 2_000, ackedAt: 2_600 }],
    });
  });

  it('knows nothing of a message that is unknown', async () => {
    expect(await journeys.of(4_711)).toEqual({ publishedAt: undefined, deliveries: [] });
  });
});

import { DeliveryHarness } from '../../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../../test/support/delivery/fake-outlet.js';
import type { PatternInterest } from '../../domain/topic-interest.js';
import type { AnswerOf, BusQuestionKind } from '../bus/bus.js';
import { LocalBus } from '../bus/local-bus.js';
import { SubscribedTopics } from './subscribed-topics.js';

/** Another server answers too. */
class AnsweringBus extends LocalBus {
  other?: readonly PatternInterest[] | number;

  override async ask<K extends BusQuestionKind>(
    ...asked: Parameters<LocalBus['ask']>
  ): Promise<readonly AnswerOf<K>[]> {
    const own = (await super.ask(...asked)) as readonly AnswerOf<K>[];
    return this.other === undefined ? own : [...own, this.other];
  }
}

describe('SubscribedTopics', () => {
  let bus: AnsweringBus;
  let delivery: DeliveryHarness;
  let interest: SubscribedTopics;

  beforeEach(() => {
    bus = new AnsweringBus((error) => {
      throw error;
    });
    delivery = new DeliveryHarness({}, bus);
    interest = new SubscribedTopics(bus, delivery.topicHub);
    interest.onModuleInit();
  });
  afterEach(() => {
    interest.onApplicationShutdown();
    delivery.close();
  });

  function subscribe(patterns: readonly string[]): FakeOutlet {
    const outlet = new FakeOutlet('Ann');
    const feed = delivery.topicHub.join(outlet, new FakeDialect('realtime'));
    feed.start();
    feed.add(patterns);
    return outlet;
  }

  it('lists patterns with how many are subscribed, page by page', async () => {
    subscribe(['news.>', 'news.today']);
    subscribe(['news.today', 'a.b']);
    expect(await interest.list({ limit: 2 })).toEqual([
      { pattern: 'a.b', subscribers: 1 },
      { pattern: 'news.>', subscribers: 1 },
    ]);
    expect(await interest.list({ limit: 2, after: 'news.>' })).toEqual([{ pattern: 'news.today', subscribers: 2 }]);
  });

  it('adds up what the servers say', async () => {
    subscribe(['a', 'c']);
    bus.other = [
      { pattern: 'b', subscribers: 4 },
      { pattern: 'c', subscribers: 2 },
    ];
    expect(await interest.list({ limit: 2 })).toEqual([
      { pattern: 'a', subscribers: 1 },
      { pattern: 'b', subscribers: 4 },
    ]);
    expect(await interest.list({ limit: 2, after: 'b' })).toEqual([{ pattern: 'c', subscribers: 3 }]);
  });

  it('counts each connection once that a message on the topic would be handed to', async () => {
    subscribe(['news.>', 'news.today']);
    subscribe(['other']);
    subscribe(['*.today']).closed = true;
    expect(await interest.subscribersOf('news.today')).toBe(1);
    bus.other = 5;
    expect(await interest.subscribersOf('news.today')).toBe(6);
  });
});

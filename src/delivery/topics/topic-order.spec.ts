import fc from 'fast-check';

import { DeliveryHarness, turns, until } from '../../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../../test/support/delivery/fake-outlet.js';
import { idsIn, topicMessage } from '../../../test/support/delivery/topic-messages.js';
import type { TopicMessage } from '../../domain/topics.js';
import type { BusWatcher, ToldTopics } from '../bus/bus.js';
import { LocalBus } from '../bus/local-bus.js';
import { EVERY_SERVER } from '../bus/subjects.js';

/** Two others, and the one that is looked at. */
const SERVERS = ['a', 'b', 'own'];

type Step =
  | { readonly do: 'publish'; readonly server: number; readonly topic: string }
  | { readonly do: 'store' | 'bring'; readonly server: number; readonly count: number }
  | { readonly do: 'tell' | 'leave' | 'return'; readonly server: number }
  | { readonly do: 'cut' | 'attach' | 'connect' }
  | { readonly do: 'turns'; readonly count: number };

const server = fc.nat(SERVERS.length - 1);
const count = fc.integer({ min: 1, max: 4 });
const publishing = fc.record({
  do: fc.constant('publish' as const),
  server,
  topic: fc.constantFrom('news', 'news', 'other'),
});
const going = fc.record({ do: fc.constantFrom('store' as const, 'bring' as const, 'bring' as const), server, count });
const telling = fc.record({
  do: fc.constantFrom('tell' as const, 'tell' as const, 'tell' as const, 'leave' as const, 'return' as const),
  server,
});
const linking = fc.record({ do: fc.constantFrom('cut' as const, 'attach' as const, 'connect' as const) });
const waiting = fc.record({ do: fc.constant('turns' as const), count });
const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(publishing, publishing, going, going, telling, linking, waiting),
  { minLength: 20, maxLength: 120 },
);
const delays = fc.array(fc.nat(3), { minLength: 1, maxLength: 7 });

/** The bus of the server that is looked at. */
class LostBus extends LocalBus {
  override readonly isLossless = false;
  override isConnected = true;
  watchers: BusWatcher[] = [];

  constructor() {
    super((error) => {
      throw error;
    });
  }

  override watch(watcher: BusWatcher = {}): () => void {
    this.watchers.push(watcher);
    return () => (this.watchers = []);
  }

  away(): void {
    this.isConnected = false;
    for (const watcher of this.watchers) watcher.away?.();
  }

  interrupt(): void {
    for (const watcher of this.watchers) watcher.interrupted?.();
  }
}

/** A server that publishes, and what it has on its way to the one that is looked at; where it is that one, nothing has a way. */
class Publisher {
  isUp = true;
  readonly queue: TopicMessage[] = [];
  untold: ToldTopics[] = [];
  letters: (() => void)[] = [];
  published = 0;

  constructor(readonly name: string) {}

  get isOwn(): boolean {
    return this.name === 'own';
  }

  next(topic: string): TopicMessage {
    this.published += 1;
    const message = topicMessage(topic, `broadcast_${this.name}_${this.published}`);
    this.queue.push(message);
    return message;
  }
}

/** A server with a subscriber, and others, any of which the bus may lose at any time. */
class World {
  readonly delivery: DeliveryHarness;
  private readonly bus = new LostBus();
  private readonly outlet = new FakeOutlet('Bob');
  private readonly publishers = SERVERS.map((name) => new Publisher(name));
  /** Subscriptions stand, and it is known that they do. */
  private link: 'away' | 'attached' | 'up' = 'up';
  /** What the subscriber is to have at the end. */
  private readonly due: string[] = [];

  constructor(slowness: readonly number[]) {
    this.delivery = new DeliveryHarness({}, this.bus);
    this.delivery.topicLog.delays = slowness;
  }

  async begin(): Promise<void> {
    const { topicHub } = this.delivery;
    const feed = topicHub.join(this.outlet, new FakeDialect('realtime'));
    feed.start();
    feed.add(['news']);
    await topicHub.begin(this.outlet.connectionId, ['news']);
  }

  async run(step: Step): Promise<void> {
    if (step.do === 'turns') await turns(step.count);
    else if ('server' in step) this.act(step, this.publisher(step.server));
    else this.relink(step.do);
    this.check();
  }

  /** All is committed, and all are heard again. */
  async end(): Promise<void> {
    this.relink('attach');
    this.relink('connect');
    for (const publisher of this.publishers) {
      this.act({ do: 'return', server: 0 }, publisher);
      this.act({ do: 'store', server: 0, count: publisher.queue.length }, publisher);
      this.act({ do: 'tell', server: 0 }, publisher);
      this.act({ do: 'bring', server: 0, count: publisher.letters.length }, publisher);
    }
    const newest = await this.delivery.topicLog.newest();
    this.bus.publish([EVERY_SERVER], { kind: 'topicsNewest', newest });
    await until(() => this.delivery.topicHub.pushed.newest === newest, 'all is pushed');
    this.check();
    expect(idsIn(this.outlet).sort()).toEqual([...this.due].sort());
  }

  private publisher(index: number): Publisher {
    const publisher = this.publishers[index];
    if (!publisher) throw new Error(`there is no publisher ${index}`);
    return publisher;
  }

  private act(step: Extract<Step, { server: number }>, publisher: Publisher): void {
    switch (step.do) {
      case 'publish':
        this.publish(publisher.next(step.topic), publisher);
        return;
      case 'store':
        this.store(publisher.queue.splice(0, step.count), publisher);
        return;
      case 'bring':
        for (const letter of publisher.letters.splice(0, step.count)) letter();
        return;
      case 'tell':
        for (const told of publisher.untold.splice(0)) {
          this.say(publisher, () => {
            this.bus.publish([EVERY_SERVER], { kind: 'topicsCommitted', told });
          });
        }
        return;
      case 'leave':
        if (publisher.isOwn) return;
        publisher.isUp = false;
        // What it has said last did not leave it.
        publisher.letters.splice(publisher.letters.length >> 1);
        return;
      case 'return':
        if (publisher.isUp) return;
        publisher.isUp = true;
        this.say(publisher, () => {
          this.bus.interrupt();
        });
    }
  }

  private publish(message: TopicMessage, publisher: Publisher): void {
    if (message.topic === 'news') this.due.push(message.id);
    if (publisher.isOwn) void this.delivery.distribution.publish(message);
    else if (message.topic === 'news') this.say(publisher, () => this.delivery.topicHub.deliver(message));
  }

  private store(messages: readonly TopicMessage[], { untold }: Publisher): void {
    const { topicLog } = this.delivery;
    for (const message of messages) topicLog.append(message);
    topicLog.store();
    const last = messages.at(-1);
    if (!last) return;
    const told = messages.map(({ id, topic }) => ({ id, topic }));
    untold.push({ messages: told, newest: topicLog.numberOf(last.id), failed: [] });
  }

  private say({ isOwn, isUp, letters }: Publisher, letter: () => void): void {
    if (isOwn) letter();
    else if (isUp && this.link !== 'away') letters.push(letter);
  }

  private relink(how: 'cut' | 'attach' | 'connect'): void {
    if (how === 'cut' && this.link === 'up') {
      this.link = 'away';
      for (const publisher of this.publishers) publisher.letters = [];
      this.bus.away();
    } else if (how === 'attach' && this.link === 'away') {
      this.link = 'attached';
    } else if (how === 'connect' && this.link === 'attached') {
      this.link = 'up';
      this.bus.isConnected = true;
      this.bus.interrupt();
    }
  }

  /** Each once, each server's in the order in which it published them. */
  private check(): void {
    const ids = idsIn(this.outlet);
    expect(ids).toEqual([...new Set(ids)]);
    for (const { name } of this.publishers) {
      const own = ids.filter((id) => id.startsWith(`broadcast_${name}_`));
      const counts = own.map((id) => Number(id.split('_')[2]));
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
    }
  }
}

describe('delivery of what other servers publish', () => {
  it('brings all, once, each server’s in its order, whatever the bus loses', async () => {
    await fc.assert(
      fc.asyncProperty(steps, delays, async (todo, slowness) => {
        const world = new World(slowness);
        try {
          await world.begin();
          for (const step of todo) await world.run(step);
          await world.end();
        } finally {
          world.delivery.close();
        }
      }),
      { numRuns: 300 },
    );
  });
});

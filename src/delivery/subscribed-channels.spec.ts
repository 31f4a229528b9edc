import fc from 'fast-check';

import { DeliveryHarness, turns } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, framesOf, SUBSCRIBED } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import type { ChatAddress } from '../domain/chat.js';
import type { Feed } from './feed.js';
import type { TopicFeed } from './topics/topic-feed.js';

const CHANNEL: ChatAddress = { id: 4, kind: 'channel', publicId: 'c_1', name: 'general' };
const PATTERNS = ['chat.general', 'chat.*'];

/** As many as pages of three events in the longest play. */
const MOST_ROUNDS = 30;

type Step =
  | { readonly do: 'commit' | 'reconnect' | 'stall' | 'drain' | 'answer' | 'turn' }
  | { readonly do: 'subscribe' | 'unsubscribe'; readonly pattern: string };

const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({ do: fc.constantFrom('commit', 'reconnect', 'stall', 'drain') }),
  fc.record({ do: fc.constantFrom('commit', 'answer', 'turn') }),
  fc.record({ do: fc.constantFrom('subscribe', 'unsubscribe'), pattern: fc.constantFrom(...PATTERNS) }),
);

/** A session that comes and goes, and subscribes to a channel's topic and unsubscribes, by one pattern or by two. */
class World {
  readonly delivery = new DeliveryHarness({ maxUnackedEvents: 3, maxBufferedBytes: 400 });
  private readonly dialect = new FakeDialect('realtime', undefined, SUBSCRIBED);
  private readonly patterns = new Set<string>();
  /** Patterns whose request was answered. */
  private readonly answered = new Set<string>();
  private readonly due = new Set<number>();
  private readonly forbidden = new Set<number>();
  private readonly told = new Set<number>();
  private requests = Promise.resolve();
  private connections = 0;
  private outlet = new FakeOutlet('Bob');
  private feed: Feed | undefined;
  private topics: TopicFeed | undefined;

  constructor(delays: readonly number[]) {
    this.delivery.log.delays = delays;
    this.delivery.log.add(CHANNEL, []);
    this.delivery.channels.add(CHANNEL);
    this.connect();
  }

  async run(todo: Step): Promise<void> {
    if ('pattern' in todo) await this[todo.do](todo.pattern);
    else if (todo.do === 'commit') this.commit();
    else if (todo.do === 'turn') await turns(1);
    else if (todo.do === 'answer') this.feed?.received(this.feed.pingMark() ?? 0);
    else if (todo.do === 'stall') this.outlet.isSlow = true;
    else if (todo.do === 'drain') this.drain();
    else await this.reconnect();
    this.take();
  }

  async end(): Promise<void> {
    await this.requests;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      this.drain();
      this.feed?.received(this.feed.pingMark() ?? 0);
      this.take();
      await turns();
    }
    expect([...this.due].filter((change) => !this.told.has(change))).toEqual([]);
  }

  private commit(): void {
    const sent = this.delivery.log.send(CHANNEL.id, { userId: 'Ann' });
    if (this.answered.size > 0) this.due.add(sent.change);
    if (this.patterns.size === 0) this.forbidden.add(sent.change);
    this.delivery.events.emit('changesCommitted', [sent]);
  }

  /** A request waits for the one before it; what happens meanwhile does not. */
  private async subscribe(pattern: string): Promise<void> {
    await this.requests;
    if (this.patterns.has(pattern)) return;
    this.patterns.add(pattern);
    this.topics?.add([pattern]);
    const following = this.delivery.distribution.follow(this.outlet.connectionId, [pattern]);
    this.requests = following.then(() => void this.answered.add(pattern));
  }

  private async unsubscribe(pattern: string): Promise<void> {
    await this.requests;
    this.topics?.remove([pattern]);
    this.patterns.delete(pattern);
    this.answered.delete(pattern);
    if (this.patterns.size === 0) this.due.clear();
  }

  private async reconnect(): Promise<void> {
    await this.requests;
    if (this.feed) this.delivery.hub.leave(this.feed);
    if (this.topics) this.delivery.topicHub.leave(this.topics);
    this.connect();
  }

  private connect(): void {
    const subscriptions = [...this.patterns].map((pattern) => ({ pattern, since: 0 }));
    const session = { name: 'home', resumed: true, gap: [], position: 0, subscriptions };
    this.outlet = new FakeOutlet('Bob');
    this.outlet.session = { ...session, sessionId: ++this.connections };
    this.outlet.subscriptions = this.topics = this.delivery.topicHub.join(
      this.outlet,
      this.dialect,
      this.outlet.session,
    );
    this.feed = this.delivery.hub.join(this.outlet, this.dialect);
  }

  private drain(): void {
    this.outlet.isSlow = false;
    this.outlet.bufferedBytes = 0;
    this.feed?.drained();
  }

  private take(): void {
    const changes = framesOf(this.outlet.frames).map(({ change = 0 }) => change);
    expect(changes).toEqual([...new Set(changes)].sort((a, b) => a - b));
    for (const change of changes) {
      if (this.forbidden.has(change)) throw new Error(`${change} was sent while nothing was subscribed to, and told`);
      this.told.add(change);
    }
  }
}

describe('a channel whose topic a session is subscribed to', () => {
  it('is told whole, in order, while that is so, and nothing of it besides', async () => {
    const steps = fc.array(step, { minLength: 10, maxLength: 80 });
    const delays = fc.array(fc.nat(3), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(steps, delays, async (todo, slowness) => {
        const world = new World(slowness);
        try {
          for (const each of todo) await world.run(each);
          await world.end();
        } finally {
          world.delivery.close();
        }
      }),
      { numRuns: 300 },
    );
  });
});

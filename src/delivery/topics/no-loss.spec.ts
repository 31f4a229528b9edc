import fc from 'fast-check';

import { DeliveryHarness, turns, until } from '../../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../../test/support/delivery/fake-dialect.js';
import { FakeTopicClient } from '../../../test/support/delivery/fake-topic-client.js';
import { topicMessage } from '../../../test/support/delivery/topic-messages.js';
import type { TopicMessage } from '../../domain/topics.js';

const TOPICS = ['a', 'b', 'a.x'];
const PATTERNS = ['a', 'b', 'a.*', '>'];
/** Who has a session, and who has none. */
const SESSIONS = ['desk', 'phone', undefined, undefined];

type Step =
  | { readonly do: 'publish' | 'publishKeyed'; readonly topic: string }
  | { readonly do: 'store' | 'turns'; readonly count: number }
  | { readonly do: 'tell' | 'fail' }
  | { readonly do: 'subscribe' | 'unsubscribe'; readonly who: number; readonly pattern: string }
  | { readonly do: 'connect' | 'disconnect' | 'stall' | 'drain' | 'trickle' | 'ping' | 'answer'; readonly who: number };

const who = fc.nat(SESSIONS.length - 1);
const publish = fc.record({
  do: fc.constantFrom('publish' as const, 'publish' as const, 'publish' as const, 'publishKeyed' as const),
  topic: fc.constantFrom(...TOPICS),
});
const count = fc.record({
  do: fc.constantFrom('store' as const, 'turns' as const),
  count: fc.integer({ min: 1, max: 4 }),
});
const tell = fc.record({ do: fc.constantFrom('tell' as const, 'tell' as const, 'tell' as const, 'fail' as const) });
const pattern = fc.constantFrom(...PATTERNS);
const change = fc.record({
  do: fc.constantFrom('subscribe' as const, 'subscribe' as const, 'unsubscribe' as const),
  who,
  pattern,
});
const act = fc.record({
  do: fc.constantFrom(
    'connect' as const,
    'disconnect' as const,
    'stall' as const,
    'drain' as const,
    'trickle' as const,
    'ping' as const,
    'answer' as const,
  ),
  who,
});
const steps = fc.array(fc.oneof<fc.Arbitrary<Step>[]>(publish, publish, publish, count, tell, change, act, act), {
  minLength: 20,
  maxLength: 120,
});
const delays = fc.array(fc.nat(3), { minLength: 1, maxLength: 7 });

/** A message on its way. */
interface Sent {
  readonly message: TopicMessage;
  /** How many had been sent with it. */
  readonly count: number;
  /** It is pushed only once it is committed. */
  readonly isKeyed: boolean;
}

/** Subscribers with sessions and without, and what was published and is not committed. */
class World {
  readonly delivery = new DeliveryHarness({ maxBufferedBytes: 90 });
  private readonly clients: readonly FakeTopicClient[];
  private readonly queued: Sent[] = [];
  private readonly stored: Sent[] = [];
  private published = 0;

  constructor(slowness: readonly number[]) {
    const dialect = new FakeDialect('realtime');
    this.delivery.topicLog.delays = slowness;
    this.clients = SESSIONS.map((session) => new FakeTopicClient(this.delivery, dialect, 'Bob', session));
  }

  async begin(): Promise<void> {
    for (const client of this.clients) await client.connect();
  }

  async run(step: Step): Promise<void> {
    switch (step.do) {
      case 'publish':
      case 'publishKeyed':
        this.send(step.topic, step.do === 'publishKeyed');
        break;
      case 'store':
        this.store(step.count);
        break;
      case 'turns':
        await turns(step.count);
        break;
      case 'tell':
        this.tell();
        break;
      case 'fail':
        this.fail();
        break;
      default:
        await this.act(step);
    }
    for (const client of this.clients) client.take();
  }

  /** All is committed, all come back and take what they are sent. */
  async end(): Promise<void> {
    this.store(this.queued.length);
    this.tell();
    for (const client of this.clients) if (!client.isConnected) await client.connect();
    await until(() => this.isQuiet(), 'all is told');
    await turns();
    for (const client of this.clients) client.take();
  }

  private isQuiet(): boolean {
    for (const client of this.clients) {
      client.take();
      client.drain();
    }
    return this.clients.every(({ missing }) => missing.length === 0);
  }

  private async act(step: Extract<Step, { who: number }>): Promise<void> {
    const client = this.clients[step.who];
    if (!client) return;
    if (step.do === 'subscribe') client.subscribe(step.pattern, this.published);
    else if (step.do === 'unsubscribe') await client.unsubscribe(step.pattern);
    else if (step.do === 'ping') client.pinged();
    else if (step.do === 'answer') client.answer();
    else await client[step.do]();
  }

  private send(topic: string, isKeyed: boolean): void {
    this.published += 1;
    const message = topicMessage(topic, `${isKeyed ? 'k' : ''}${this.published}`);
    const sent = { message, count: this.published, isKeyed };
    this.queued.push(sent);
    this.delivery.topicLog.append(message);
    if (!isKeyed) this.push(sent);
  }

  private push({ message, count }: Sent): void {
    for (const client of this.clients) if (client.wants(message.topic, count)) client.published(message);
    void this.delivery.distribution.publish(message);
  }

  private store(count: number): void {
    this.stored.push(...this.queued.splice(0, count));
    this.delivery.topicLog.store(count);
  }

  private tell(): void {
    for (const sent of this.stored.splice(0)) if (sent.isKeyed) this.push(sent);
    this.delivery.topicLog.tell();
  }

  private fail(): void {
    for (const { message } of this.queued.splice(0, 1)) for (const client of this.clients) client.failed(message);
    this.delivery.topicLog.fail();
  }
}

describe('delivery of topic messages', () => {
  it('brings every subscriber all, in order, once on a connection, and nothing again that its session has confirmed', async () => {
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

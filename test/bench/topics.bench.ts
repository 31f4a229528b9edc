import { LocalBus } from '../../src/delivery/bus/local-bus.js';
import { DeliveryRecords } from '../../src/delivery/delivery-records.js';
import { SessionWriter } from '../../src/delivery/topics/session-writer.js';
import { TopicHub } from '../../src/delivery/topics/topic-hub.js';
import { TopicTrie } from '../../src/delivery/topics/topic-trie.js';
import { DomainEvents } from '../../src/domain/domain-events.js';
import { Metrics } from '../../src/domain/metrics.js';
import { patternMatches } from '../../src/domain/topic-patterns.js';
import { FakeDialect } from '../support/delivery/fake-dialect.js';
import { FakeTopicLog } from '../support/delivery/fake-topic-log.js';
import { FakeOutlet } from '../support/delivery/fake-outlet.js';
import { topicMessage } from '../support/delivery/topic-messages.js';
import { inNs, nsOf, print } from './measure.js';

const SUBSCRIPTIONS = 100_000;
/** One in so many has a wildcard. */
const WILDCARD_EVERY = 100;
const SUBSCRIBERS = 1_000;

function patternAt(index: number): string {
  if (index % WILDCARD_EVERY > 0) return `room.${index}.messages`;
  const step = index / WILDCARD_EVERY;
  if (step % 3 === 0) return `room.${index}.>`;
  return step % 3 === 1 ? `*.${index}.messages` : `room.${index}.*`;
}

/** One publish among many subscriptions, against looking at each of them. */
function match(): void {
  const trie = new TopicTrie<number>();
  const patterns = Array.from({ length: SUBSCRIPTIONS }, (_, index) => patternAt(index));
  patterns.forEach((pattern, index) => {
    trie.add(pattern, index);
  });
  let found = 0;
  const byTrie = nsOf(() => {
    trie.match('room.500.messages', () => (found += 1));
  });
  const byScan = nsOf(() => {
    for (const pattern of patterns) if (patternMatches(pattern, 'room.500.messages')) found += 1;
  });
  if (found === 0) throw new Error('nothing matched');
  print(`match: ${SUBSCRIPTIONS} subscriptions, trie`, inNs(byTrie));
  print(`match: ${SUBSCRIPTIONS} subscriptions, naive scan`, inNs(byScan));
  print('match: naive scan / trie', `${(byScan / byTrie).toFixed(0)} ×`);
}

/** An outlet that only counts. */
class CountingOutlet extends FakeOutlet {
  static sent = 0;

  override send(): void {
    CountingOutlet.sent += 1;
  }
}

/** One publish to all who are subscribed, without their sockets. */
function deliver(pattern: string): void {
  const events = new DomainEvents((error) => {
    throw error;
  });
  const log = new FakeTopicLog(events);
  const limits = { maxBufferedBytes: 1_000_000, sessionTtlMs: 300_000 };
  const clock = { now: () => 1_000 };
  const records = new DeliveryRecords(new Metrics(), clock, 0);
  const services = { log, history: log, sessions: log, writer: new SessionWriter(log), clock, records, limits };
  const hub = new TopicHub(
    services,
    events,
    new LocalBus((error) => {
      throw error;
    }),
  );
  const dialect = new FakeDialect('realtime');
  for (let joined = 0; joined < SUBSCRIBERS; joined++) {
    const feed = hub.join(new CountingOutlet(`User${joined}`), dialect);
    feed.start();
    feed.add([pattern]);
  }
  const message = topicMessage('room.1.messages');
  const before = { sent: CountingOutlet.sent, encoded: dialect.encoded };
  const ns = nsOf(() => {
    hub.deliver(message);
  });
  const published = dialect.encoded - before.encoded;
  if (CountingOutlet.sent - before.sent !== published * SUBSCRIBERS) throw new Error('not each was sent it');
  print(`deliver: to ${SUBSCRIBERS} subscribed to ${pattern}, each`, inNs(ns / SUBSCRIBERS));
}

match();
deliver('room.1.messages');
deliver('room.*.messages');

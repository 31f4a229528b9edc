import { concordDialect } from '../../src/dialects/concord/concord.dialect.js';
import type { Dialect } from '../../src/dialects/dialect.js';
import { realtimeDialect } from '../../src/dialects/realtime/realtime.dialect.js';
import type { Feed } from '../../src/delivery/feed.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { DeliveryHarness, turns } from '../support/delivery/delivery-harness.js';
import { FakeOutlet } from '../support/delivery/fake-outlet.js';
import { inNs, print } from './measure.js';

const FOLLOWERS = 1_000;
/** Messages between two answered pings. */
const MESSAGES = 100;
const ROUNDS = 20;
const CHANNEL: ChatAddress = { id: 1, kind: 'channel', publicId: 'c_1', name: 'general' };
const AUTHOR = { userId: 'Author' };

/** An outlet that only counts. */
class CountingOutlet extends FakeOutlet {
  static sent = 0;

  override send(): void {
    CountingOutlet.sent += 1;
  }
}

async function join(delivery: DeliveryHarness, dialect: Dialect): Promise<readonly Feed[]> {
  const feeds: Feed[] = [];
  for (let joined = 0; joined < FOLLOWERS; joined++) {
    const outlet = new CountingOutlet(`User${joined}`);
    const topicFeed = delivery.topicHub.join(outlet, dialect);
    outlet.subscriptions = topicFeed;
    if (dialect.followsChannels === 'subscribed') topicFeed.add([`chat.${CHANNEL.name}`]);
    feeds.push(delivery.hub.join(outlet, dialect));
  }
  await turns();
  return feeds;
}

/** A channel's messages to all who follow it, without their sockets and the log; then their answers to a ping. */
async function tell(dialect: Dialect): Promise<void> {
  const delivery = new DeliveryHarness();
  delivery.log.add(CHANNEL, []);
  delivery.channels.add(CHANNEL);
  const feeds = await join(delivery, dialect);
  const elapsed = { telling: 0, confirming: 0 };
  CountingOutlet.sent = 0;
  for (let round = -ROUNDS; round < ROUNDS; round++) {
    const changes = Array.from({ length: MESSAGES }, () => delivery.log.send(CHANNEL.id, AUTHOR));
    const start = performance.now();
    delivery.events.emit('changesCommitted', changes);
    const told = performance.now();
    for (const feed of feeds) feed.received(feed.lastEventId);
    await turns(2);
    if (round < 0) continue;
    elapsed.telling += told - start;
    elapsed.confirming += performance.now() - told;
  }
  delivery.close();
  if (CountingOutlet.sent !== 2 * ROUNDS * MESSAGES * FOLLOWERS) throw new Error('not each was sent it');
  const nsEach = (ms: number): string => inNs((ms * 1e6) / (ROUNDS * MESSAGES * FOLLOWERS));
  print(`tell: ${dialect.name}, ${FOLLOWERS} followers, each message`, nsEach(elapsed.telling));
  print(`confirm: ${dialect.name}, each message of ${MESSAGES}`, nsEach(elapsed.confirming));
}

void tell(concordDialect).then(() => tell(realtimeDialect));

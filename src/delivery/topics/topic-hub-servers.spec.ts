import { DeliveryHarness, turns, until } from '../../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../../test/support/delivery/fake-outlet.js';
import { eventsIn, idsIn, publish, topicMessage } from '../../../test/support/delivery/topic-messages.js';
import type { BusWatcher } from '../bus/bus.js';
import { LocalBus } from '../bus/local-bus.js';
import { EVERY_SERVER } from '../bus/subjects.js';

/** A bus on which a test says what the other servers say. */
class OthersBus extends LocalBus {
  override readonly isLossless = false;
  override readonly isConnected = true;
  readonly watchers = new Set<BusWatcher>();

  constructor() {
    super((error) => {
      throw error;
    });
  }

  override watch(watcher?: BusWatcher): () => void {
    if (watcher) this.watchers.add(watcher);
    return () => undefined;
  }

  interrupt(): void {
    for (const { interrupted } of this.watchers) interrupted?.();
  }
}

describe('TopicHub, one of several', () => {
  const realtime = new FakeDialect('realtime');
  let bus: OthersBus;
  let delivery: DeliveryHarness;

  beforeEach(() => {
    bus = new OthersBus();
    delivery = new DeliveryHarness({}, bus);
  });
  afterEach(() => {
    delivery.close();
  });

  const join = async (...patterns: readonly string[]): Promise<FakeOutlet> => {
    const outlet = new FakeOutlet('Bob');
    const feed = delivery.topicHub.join(outlet, realtime);
    feed.start();
    feed.add(patterns);
    await delivery.topicHub.begin(outlet.connectionId, patterns);
    return outlet;
  };

  /** Another server publishes it; whether this one is told, and of the commit, is the bus's affair. */
  const theirs = (topic: string, id: string, { isPushed = true, isTold = true } = {}): void => {
    const message = topicMessage(topic, id);
    delivery.topicLog.append(message);
    if (isPushed) delivery.topicHub.deliver(message);
    delivery.topicLog.store();
    const told = { messages: [{ id, topic }], newest: delivery.topicLog.numberOf(id), failed: [] };
    if (isTold) bus.publish([EVERY_SERVER], { kind: 'topicsCommitted', told });
  };

  it('pushes what the others publish, without a look at history', async () => {
    const bob = await join('news');
    theirs('news', 'a');
    theirs('other', 'b', { isPushed: false });
    theirs('news', 'c');
    await turns();
    expect(idsIn(bob)).toEqual(['a', 'c']);
    expect([delivery.topicHub.pushed.newest, delivery.topicLog.reads]).toEqual([3, 0]);
  });

  it('has from history what is wanted here and was never pushed', async () => {
    const bob = await join('news', '*');
    theirs('news', 'a', { isPushed: false });
    theirs('news', 'b');
    await until(() => idsIn(bob).length === 2, 'both');
    expect([...idsIn(bob)].sort()).toEqual(['a', 'b']);
  });

  it('has from history what nobody has told of', async () => {
    const bob = await join('news');
    theirs('news', 'a', { isPushed: false, isTold: false });
    theirs('other', 'b', { isPushed: false });
    await until(() => idsIn(bob).length === 1, 'what was lost');
    expect(delivery.topicHub.pushed.newest).toBe(2);
  });

  it('has from history the last one, of which a beacon tells', async () => {
    const bob = await join('news');
    theirs('news', 'a', { isPushed: false, isTold: false });
    bus.publish([EVERY_SERVER], { kind: 'topicsNewest', newest: 1 });
    await until(() => idsIn(bob).length === 1, 'what was lost');
  });

  it('sends nothing twice that is pushed after it came from history', async () => {
    const bob = await join('news');
    theirs('news', 'a', { isPushed: false });
    await until(() => idsIn(bob).length === 1, 'what was lost');
    expect(delivery.topicHub.deliver(topicMessage('news', 'a'))).toBe(1);
    expect(idsIn(bob)).toEqual(['a']);
  });

  it('sends nothing twice that was pushed, and of whose commit a killed server has not told', async () => {
    const bob = await join('news');
    theirs('news', 'a', { isTold: false });
    theirs('news', 'b');
    await until(() => delivery.topicHub.pushed.newest === 2, 'the repair');
    expect([idsIn(bob), delivery.topicHub.pushed.openIds().size]).toEqual([['a', 'b'], 0]);
  });

  it('sends nothing from history that is older than the subscription', async () => {
    theirs('news', 'a', { isPushed: false, isTold: false });
    const bob = await join('news');
    theirs('news', 'b', { isPushed: false });
    await until(() => idsIn(bob).length > 0, 'what is newer');
    expect(idsIn(bob)).toEqual(['b']);
  });

  it('tells of a gap where history does not have what was lost', async () => {
    const bob = await join('news');
    theirs('news', 'a', { isPushed: false, isTold: false });
    delivery.topicLog.prune('news');
    theirs('news', 'b');
    await until(() => delivery.topicHub.pushed.newest === 2, 'the repair');
    expect(idsIn(bob)).toEqual(['b']);
    expect(eventsIn(bob)).toEqual([expect.objectContaining({ type: 'topicGap', topics: ['news'] })]);
  });

  it('tells of no gap where what history does not have was pushed', async () => {
    const bob = await join('news');
    theirs('news', 'a', { isTold: false });
    delivery.topicLog.prune('news');
    theirs('other', 'b', { isPushed: false });
    await until(() => delivery.topicHub.pushed.newest === 2, 'the repair');
    expect([idsIn(bob), eventsIn(bob)]).toEqual([['a'], []]);
  });

  it('holds back after an interruption what would overtake what was lost', async () => {
    const bob = await join('news');
    theirs('news', 'a', { isPushed: false, isTold: false });
    delivery.topicLog.delays = [3];
    bus.interrupt();
    theirs('news', 'b');
    expect(await publish(delivery, 'news', 'own')).toBe(1);
    expect(idsIn(bob)).toEqual(['own']);
    await until(() => idsIn(bob).length === 3, 'all');
    expect(idsIn(bob)).toEqual(['own', 'a', 'b']);
  });

  it('sends a session nothing again that it has confirmed on another server', async () => {
    const { topicHub, topicLog, sessionWriter } = delivery;
    const first = await topicHub.openSession('Bob', 'desk');
    topicLog.subscribe(first.sessionId, ['news']);
    theirs('news', 'a', { isTold: false });
    sessionWriter.moved(first.sessionId, 1);
    await sessionWriter.flush();
    const outlet = new FakeOutlet('Bob');
    const feed = topicHub.join(outlet, realtime, await topicHub.openSession('Bob', 'desk'));
    feed.start();
    theirs('news', 'b');
    await until(() => idsIn(outlet).length > 0, 'what is new');
    expect(idsIn(outlet)).toEqual(['b']);
  });
});

import { DeliveryHarness, turns, until } from '../../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../../test/support/delivery/fake-outlet.js';
import { eventsIn, idsIn, publish } from '../../../test/support/delivery/topic-messages.js';
import type { TopicFeed } from './topic-feed.js';

describe('TopicFeed', () => {
  // A topic message is 25 bytes: three of them fit.
  const dialect = new FakeDialect('realtime');
  let delivery: DeliveryHarness;

  beforeEach(() => {
    delivery = new DeliveryHarness({ maxBufferedBytes: 90 });
  });
  afterEach(() => {
    delivery.close();
  });

  const join = (patterns: readonly string[] = [], outlet = new FakeOutlet('Bob')) => {
    const feed = delivery.topicHub.join(outlet, dialect);
    feed.start();
    feed.add(patterns);
    return { feed, outlet };
  };
  const joinSession = async (name = 'desk', outlet = new FakeOutlet('Bob')) => {
    outlet.session = await delivery.topicHub.openSession('Bob', name);
    const feed = delivery.topicHub.join(outlet, dialect, outlet.session);
    return { feed, outlet, session: outlet.session };
  };
  const subscribe = (feed: TopicFeed, patterns: readonly string[]) => {
    if (feed.session) delivery.topicLog.subscribe(feed.session.sessionId, patterns);
    feed.add(patterns);
  };
  const drain = (feed: TopicFeed, outlet: FakeOutlet) => {
    outlet.isSlow = false;
    outlet.bufferedBytes = 0;
    feed.drained();
  };
  const publishCommitted = async (...ids: readonly string[]) => {
    for (const id of ids) await publish(delivery, 'news', id);
    delivery.topicLog.commit();
  };

  describe('its subscriptions', () => {
    it('take effect within the call, each once, in the order of adding', () => {
      const { feed } = join(['news', 'a.*', 'news']);
      expect(feed.patterns()).toEqual(['news', 'a.*']);
      expect(feed.size).toBe(2);
      expect([feed.has('a.*'), feed.has('a.b'), feed.matches('a.b'), feed.matches('a.b.c')]).toEqual([
        true,
        false,
        true,
        false,
      ]);
      expect(feed.remove(['a.*', 'other'])).toEqual(['a.*']);
      expect([feed.size, feed.matches('a.b')]).toEqual([1, false]);
    });

    it('end with the connection, also those that come too late', () => {
      const { feed } = join(['news']);
      delivery.topicHub.leave(feed);
      feed.add(['late']);
      expect(feed.size).toBe(0);
      expect(delivery.topicHub.trie.isEmpty).toBe(true);
    });
  });

  describe('streaming', () => {
    it('is pushed what matches, once, before it is committed', async () => {
      const { outlet } = join(['news', '*', '>']);
      expect(await publish(delivery, 'news', 'a')).toBe(1);
      expect(await publish(delivery, '$SYS', 'b')).toBe(0);
      expect(idsIn(outlet)).toEqual(['a']);
    });

    it('never asks for a ping without a session', async () => {
      const { feed, outlet } = join(['news']);
      await publishCommitted('a');
      expect(outlet.pingsWanted).toBe(0);
      expect(feed.pingMark()).toBeUndefined();
    });

    it('is told nothing after it has closed', async () => {
      const { outlet } = join(['news']);
      outlet.closed = true;
      expect(await publish(delivery, 'news')).toBe(0);
      expect(outlet.frames).toEqual([]);
    });
  });

  describe('of a slow reader', () => {
    const fallBehind = async () => {
      const { feed, outlet } = join(['news']);
      outlet.isSlow = true;
      for (const id of ['a', 'b', 'c']) await publish(delivery, 'news', id);
      expect(await publish(delivery, 'news', 'd')).toBe(1);
      return { feed, outlet };
    };

    it('goes on from history when the reader has room, without loss or repetition', async () => {
      const { feed, outlet } = await fallBehind();
      const pushed = idsIn(outlet);
      expect(pushed).not.toContain('d');
      delivery.topicLog.commit();
      drain(feed, outlet);
      await until(() => idsIn(outlet).length === 4, 'all is sent');
      await publish(delivery, 'news', 'e');
      expect(idsIn(outlet)).toEqual(['a', 'b', 'c', 'd', 'e']);
    });

    it('does so too while what it missed has yet to be committed', async () => {
      const { feed, outlet } = await fallBehind();
      drain(feed, outlet);
      await turns();
      await publish(delivery, 'news', 'e');
      delivery.topicLog.commit();
      await turns();
      expect(idsIn(outlet)).toEqual(['a', 'b', 'c', 'd', 'e']);
    });

    it('is not sent what could not be kept', async () => {
      const { feed, outlet } = await fallBehind();
      const had = idsIn(outlet);
      for (let failed = 0; failed < 4; failed++) delivery.topicLog.fail();
      drain(feed, outlet);
      await publishCommitted('e');
      await until(() => idsIn(outlet).includes('e'), 'it streams again');
      expect(idsIn(outlet)).toEqual([...had, 'e']);
    });

    it('never holds more than its bound', async () => {
      const { feed, outlet } = await fallBehind();
      for (let published = 0; published < 50; published++) await publish(delivery, 'news');
      delivery.topicLog.commit();
      while (idsIn(outlet).length < 54) {
        expect(outlet.bufferedBytes).toBeLessThanOrEqual(90);
        drain(feed, outlet);
        outlet.isSlow = true;
        await turns();
      }
      expect(new Set(idsIn(outlet)).size).toBe(54);
    });

    it('is told once of what history no longer has', async () => {
      const { feed, outlet } = await fallBehind();
      delivery.topicLog.commit();
      delivery.topicLog.prune('news');
      await publishCommitted('e');
      drain(feed, outlet);
      await until(() => idsIn(outlet).includes('e'), 'it has caught up');
      expect(eventsIn(outlet)).toEqual([expect.objectContaining({ type: 'topicGap', topics: ['news'] })]);
    });

    it('is not sent what it unsubscribes from while history is read', async () => {
      const { feed, outlet } = await fallBehind();
      const had = idsIn(outlet);
      delivery.topicLog.commit();
      delivery.topicLog.delays = [5];
      drain(feed, outlet);
      await turns(7);
      feed.remove(['news']);
      await turns();
      expect(delivery.topicLog.reads).toBe(1);
      expect(idsIn(outlet)).toEqual(had);
    });

    it('tries again after the database was away', async () => {
      const { feed, outlet } = await fallBehind();
      delivery.topicLog.commit();
      delivery.topicLog.isAway = true;
      drain(feed, outlet);
      await until(() => delivery.topicLog.reads > 0, 'it has tried');
      delivery.topicLog.isAway = false;
      await until(() => idsIn(outlet).length === 4, 'all is sent');
    });

    it('loses nothing of what is subscribed to while history is read', async () => {
      const { feed, outlet } = await fallBehind();
      delivery.topicLog.commit();
      delivery.topicLog.delays = [5];
      drain(feed, outlet);
      await turns(3);
      feed.add(['other']);
      await publish(delivery, 'other', 'x');
      delivery.topicLog.commit();
      await until(() => idsIn(outlet).includes('x'), 'it has caught up');
      await turns();
      expect(idsIn(outlet)).toEqual(['a', 'b', 'c', 'd', 'x']);
    });
  });

  describe('of a session', () => {
    it('is sent from history what came while nobody was connected, then the rest', async () => {
      const first = await joinSession();
      first.feed.start();
      subscribe(first.feed, ['news']);
      delivery.topicHub.leave(first.feed);
      await publishCommitted('a', 'b');
      const { feed, outlet, session } = await joinSession();
      await publish(delivery, 'news', 'c');
      expect(session.resumed).toBe(true);
      expect(outlet.frames).toEqual([]);
      feed.start();
      await until(() => idsIn(outlet).length === 3, 'all is sent');
      await publish(delivery, 'news', 'd');
      expect(idsIn(outlet)).toEqual(['a', 'b', 'c', 'd']);
    });

    it('is sent what was pushed before it came back and is committed only now', async () => {
      const first = await joinSession();
      first.feed.start();
      subscribe(first.feed, ['news']);
      delivery.topicHub.leave(first.feed);
      await publish(delivery, 'news', 'a');
      const { feed, outlet } = await joinSession();
      feed.start();
      delivery.topicLog.commit();
      await turns();
      expect(idsIn(outlet)).toEqual(['a']);
    });

    it('is sent again what no ping has confirmed, and nothing else', async () => {
      const first = await joinSession();
      first.feed.start();
      subscribe(first.feed, ['news']);
      await publishCommitted('a');
      const mark = first.feed.pingMark();
      first.feed.received(mark ?? 0);
      await publishCommitted('b');
      delivery.topicHub.leave(first.feed);
      const { feed, outlet } = await joinSession();
      feed.start();
      await turns();
      expect(idsIn(outlet)).toEqual(['b']);
    });

    it('asks for a ping only once what it was sent is committed', async () => {
      const { feed, outlet } = await joinSession();
      feed.start();
      subscribe(feed, ['news']);
      await publish(delivery, 'news');
      expect([outlet.pingsWanted, feed.pingMark()]).toEqual([0, undefined]);
      delivery.topicLog.commit();
      expect([outlet.pingsWanted, feed.pingMark()]).toEqual([1, 1]);
      feed.received(1);
      expect(feed.pingMark()).toBeUndefined();
      await publish(delivery, 'other');
      delivery.topicLog.commit();
      expect([outlet.pingsWanted, feed.pingMark()]).toEqual([1, undefined]);
    });

    it('asks for a ping again when the rest of what it was sent is committed', async () => {
      const { feed, outlet } = await joinSession();
      feed.start();
      subscribe(feed, ['news']);
      await publish(delivery, 'news');
      await publish(delivery, 'news');
      delivery.topicLog.store(1);
      delivery.topicLog.tell();
      feed.received(feed.pingMark() ?? 0);
      expect([outlet.pingsWanted, feed.pingMark()]).toEqual([1, undefined]);
      delivery.topicLog.commit();
      expect([outlet.pingsWanted, feed.pingMark()]).toEqual([2, 2]);
    });

    it('names in a mark no more than it was sent', async () => {
      const { feed, outlet } = await joinSession();
      feed.start();
      subscribe(feed, ['news']);
      outlet.isSlow = true;
      await publishCommitted('a', 'b', 'c');
      await publishCommitted('d');
      expect(idsIn(outlet)).not.toContain('d');
      expect(feed.pingMark() ?? 0).toBeLessThan(4);
      drain(feed, outlet);
      await until(() => idsIn(outlet).length === 4, 'all is sent');
      expect(feed.pingMark()).toBe(4);
    });

    it('goes on behind what was for others, where all that it was sent is confirmed', async () => {
      const { feed, session } = await joinSession();
      feed.start();
      subscribe(feed, ['news']);
      await publish(delivery, 'other');
      delivery.topicLog.commit();
      delivery.topicHub.leave(feed);
      await delivery.sessionWriter.flush();
      expect(delivery.topicLog.session(session.sessionId).position).toBe(1);
      expect(delivery.topicLog.touched).toEqual([session.sessionId]);
    });

    it('is sent what was published while its connection was closing', async () => {
      const first = await joinSession();
      first.feed.start();
      subscribe(first.feed, ['news']);
      first.outlet.closed = true;
      await publishCommitted('a');
      delivery.topicHub.leave(first.feed);
      const { feed, outlet } = await joinSession();
      feed.start();
      await turns();
      expect(idsIn(outlet)).toEqual(['a']);
    });

    it('does not tell again of a gap that the Welcome has told', async () => {
      const first = await joinSession();
      first.feed.start();
      subscribe(first.feed, ['news', 'other']);
      delivery.topicHub.leave(first.feed);
      await publishCommitted('a');
      delivery.topicLog.prune('news');
      await publish(delivery, 'other', 'b');
      delivery.topicLog.commit();
      const { feed, outlet, session } = await joinSession();
      expect(session).toMatchObject({ resumed: false, gap: ['news'] });
      feed.start();
      await until(() => idsIn(outlet).includes('b'), 'it has caught up');
      expect(eventsIn(outlet)).toEqual([]);
    });

    it('does not bring back what a new token does not allow', async () => {
      const first = await joinSession();
      first.feed.start();
      subscribe(first.feed, ['news', 'secret.x', 'presence.Cid']);
      delivery.topicHub.leave(first.feed);
      const limited = new FakeOutlet('Bob', '', { subscribe: ['news'], publish: [] });
      const { feed, outlet } = await joinSession('desk', limited);
      expect(outlet.frames).toEqual([]);
      feed.start();
      await turns();
      expect(feed.patterns()).toEqual(['news', 'presence.Cid']);
      expect(eventsIn(outlet)).toEqual([
        expect.objectContaining({ type: 'subscriptionsEnded', topics: ['secret.x'], activeSubscriptions: 2 }),
      ]);
      expect([...delivery.topicLog.session(1).since.keys()]).toEqual(['news', 'presence.Cid']);
    });
  });

  describe('when the token is renewed', () => {
    it('ends what is not allowed any more, and tells each', () => {
      const { outlet } = join(['a', 'b.*', 'presence.Cid', 'c']);
      const principal = { ...outlet.principal, topics: { subscribe: ['a', 'b.>'], publish: [] } };
      delivery.events.emit('principalRenewed', { connectionId: outlet.connectionId, principal });
      const told = (topic: string, activeSubscriptions: number): unknown =>
        expect.objectContaining({ type: 'subscriptionsEnded', topics: [topic], activeSubscriptions });
      expect(eventsIn(outlet)).toEqual([told('c', 3)]);
      const nothing = { ...principal, topics: { subscribe: [], publish: [] } };
      delivery.events.emit('principalRenewed', { connectionId: outlet.connectionId, principal: nothing });
      expect(eventsIn(outlet)).toEqual([told('c', 3), told('a', 2), told('b.*', 1)]);
    });
  });
});

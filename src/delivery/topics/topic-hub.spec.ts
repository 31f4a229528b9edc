import { DeliveryHarness, until } from '../../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../../test/support/delivery/fake-outlet.js';
import { idsIn, publish, topicMessage } from '../../../test/support/delivery/topic-messages.js';
import { CloseReasons } from '../../domain/close-reasons.js';
import { UnavailableError } from '../../domain/errors.js';

describe('TopicHub', () => {
  let delivery: DeliveryHarness;
  const realtime = new FakeDialect('realtime');

  beforeEach(() => {
    delivery = new DeliveryHarness();
  });
  afterEach(() => {
    delivery.close();
  });

  const join = (pattern: string, dialect = realtime) => {
    const outlet = new FakeOutlet('Bob');
    const feed = delivery.topicHub.join(outlet, dialect);
    feed.start();
    feed.add([pattern]);
    return outlet;
  };
  const joinSession = async () => {
    const outlet = new FakeOutlet('Bob');
    outlet.session = await delivery.topicHub.openSession('Bob', 'desk');
    const feed = delivery.topicHub.join(outlet, realtime, outlet.session);
    feed.start();
    return { feed, outlet, session: outlet.session };
  };

  describe('deliver', () => {
    it('encodes a message once for each dialect, however many get it', () => {
      const [plain, extended] = [new FakeDialect('realtime'), new FakeDialect('realtime')];
      for (let joined = 0; joined < 100; joined++) join('news', joined % 2 ? plain : extended);
      expect(delivery.topicHub.deliver(topicMessage('news'))).toBe(100);
      expect([plain.encoded, extended.encoded]).toEqual([1, 1]);
    });

    it('does not encode what nobody is subscribed to', () => {
      join('news');
      const before = realtime.encoded;
      expect(delivery.topicHub.deliver(topicMessage('other'))).toBe(0);
      expect(realtime.encoded).toBe(before);
    });

    it('leaves out connections whose dialect does not show it', () => {
      const concord = new FakeDialect('concord');
      concord.encodeTopicMessage = () => undefined;
      const outlet = join('news', concord);
      expect(delivery.topicHub.deliver(topicMessage('news'))).toBe(0);
      expect(outlet.frames).toEqual([]);
    });
  });

  describe('what a killed server had begun to write', () => {
    /** It is committed now, in the numbers before what was published here. */
    const comeIn = (id: string) => {
      delivery.topicLog.append(topicMessage('news', id));
      delivery.topicLog.store();
    };
    const commitOwn = async (...ids: readonly string[]) => {
      const messages = ids.map((id) => topicMessage('news', id));
      for (const message of messages) {
        delivery.topicLog.append(message);
        await delivery.distribution.publish(message);
      }
      delivery.topicLog.store();
      const newest = delivery.topicLog.numberOf(ids.at(-1) ?? '');
      delivery.events.emit('topicsCommitted', { messages, newest, failed: [] });
      await until(() => delivery.topicHub.pushed.newest === newest, 'the commit');
    };

    it('comes from history with the next commit, and nothing comes twice', async () => {
      const [bob, other] = [join('news'), join('other')];
      await commitOwn('a');
      comeIn('late');
      await commitOwn('b', 'c');
      await until(() => idsIn(bob).length === 4, 'what came in');
      await commitOwn('d');
      expect(idsIn(bob)).toEqual(['a', 'b', 'c', 'late', 'd']);
      expect(idsIn(other)).toEqual([]);
    });

    it('comes where a retry finds it', async () => {
      const bob = join('news');
      await commitOwn('a');
      comeIn('late');
      delivery.events.emit('topicsCommitted', { messages: [], newest: 2, failed: [] });
      await until(() => idsIn(bob).length === 2, 'what came in');
      expect(idsIn(bob)).toEqual(['a', 'late']);
    });

    it('is not overtaken by what follows the answer to the retry', async () => {
      const bob = join('news');
      await commitOwn('a');
      comeIn('late');
      delivery.events.emit('topicsCommitted', { messages: [], newest: 2, failed: [] });
      await commitOwn('b');
      await commitOwn('c');
      expect(idsIn(bob)).toEqual(['a', 'late', 'b', 'c']);
      expect(delivery.topicHub.pushed.openIds().size).toBe(0);
    });

    it('costs nobody a look at history where nothing has come in', async () => {
      join('news');
      await commitOwn('a');
      await commitOwn('b', 'c');
      delivery.events.emit('topicsCommitted', { messages: [], newest: 3, failed: [topicMessage('news')] });
      expect(delivery.topicLog.reads).toBe(0);
    });
  });

  describe('openSession', () => {
    it('closes an older connection of the session, and finds what it has received', async () => {
      const older = await joinSession();
      older.feed.add(['news']);
      await publish(delivery, 'news');
      delivery.topicLog.commit();
      older.feed.received(older.feed.pingMark() ?? 0);
      const session = await delivery.topicHub.openSession('Bob', 'desk');
      expect(older.outlet.closeReason).toBe(CloseReasons.replaced);
      expect(session).toMatchObject({ sessionId: older.session.sessionId, position: 1 });
    });

    it('leaves other sessions and users alone', async () => {
      const { outlet } = await joinSession();
      await delivery.topicHub.openSession('Bob', 'phone');
      await delivery.topicHub.openSession('Ann', 'desk');
      expect(outlet.closed).toBe(false);
    });

    it('fails while the database is away', async () => {
      delivery.topicLog.isAway = true;
      await expect(delivery.topicHub.openSession('Bob', 'desk')).rejects.toThrow(UnavailableError);
    });
  });

  describe('join', () => {
    it('closes an older connection of the same session that was opened at the same time', async () => {
      const { topicHub } = delivery;
      const sessions = [await topicHub.openSession('Bob', 'desk'), await topicHub.openSession('Bob', 'desk')];
      const outlets = sessions.map((session) => {
        const outlet = new FakeOutlet('Bob');
        topicHub.join(outlet, realtime, session);
        return outlet;
      });
      expect(outlets.map(({ closed }) => closed)).toEqual([true, false]);
      expect(topicHub.sessionIds()).toEqual([1]);
    });
  });

  describe('leave', () => {
    it('forgets the connection, and once more does nothing', async () => {
      const { topicHub } = delivery;
      const { feed, outlet } = await joinSession();
      feed.add(['news']);
      topicHub.leave(feed);
      topicHub.leave(feed);
      expect(topicHub.feedById(outlet.connectionId)).toBeUndefined();
      expect([topicHub.sessionIds(), topicHub.trie.isEmpty]).toEqual([[], true]);
      await publish(delivery, 'news');
      expect(idsIn(outlet)).toEqual([]);
    });

    it('leaves a connection that has joined anew where it is', () => {
      const outlet = new FakeOutlet('Bob');
      const first = delivery.topicHub.join(outlet, realtime);
      delivery.topicHub.leave(first);
      const second = delivery.topicHub.join(outlet, new FakeDialect('messaging'));
      delivery.topicHub.leave(first);
      expect(delivery.topicHub.feedById(outlet.connectionId)).toBe(second);
    });
  });

  it('writes what sessions have received before the server goes', async () => {
    const { feed, session } = await joinSession();
    feed.add(['news']);
    await publish(delivery, 'news');
    delivery.topicLog.commit();
    feed.received(feed.pingMark() ?? 0);
    await delivery.topicHub.beforeApplicationShutdown();
    expect(delivery.topicLog.session(session.sessionId).position).toBe(1);
  });

  it('begins with what is committed when the server starts', async () => {
    const later = new DeliveryHarness();
    later.topicLog.append(topicMessage('news'));
    later.topicLog.store();
    await later.topicHub.onModuleInit();
    expect(later.topicHub.pushed.newest).toBe(1);
    later.close();
  });
});

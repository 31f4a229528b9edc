import { DeliveryHarness, turns } from '../../../test/support/delivery/delivery-harness.js';
import { FakeDialect, FOLLOWING, framesOf, SUBSCRIBED } from '../../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../../test/support/delivery/fake-outlet.js';
import { topicMessage } from '../../../test/support/delivery/topic-messages.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { HandedMessage, HandedTo, OpenedSession } from '../../domain/topics.js';

const GROUP: ChatAddress = { id: 2, kind: 'group', publicId: 'g_1' };
const CHANNEL: ChatAddress = { id: 4, kind: 'channel', publicId: 'c_1', name: 'general' };

describe('TopicDistribution', () => {
  let delivery: DeliveryHarness;
  let handed = 0;
  const realtime = new FakeDialect('realtime', undefined, SUBSCRIBED);
  const concord = new FakeDialect('concord', undefined, FOLLOWING);
  concord.encodeHanded = () => undefined;

  beforeEach(() => {
    delivery = new DeliveryHarness({ maxBufferedBytes: 100 });
    delivery.log.add(GROUP, ['Ann', 'Bob']);
    delivery.log.add(CHANNEL, ['Ann']);
    delivery.channels.add(CHANNEL);
  });
  afterEach(() => {
    delivery.close();
  });

  const open = (userId: string, dialect = realtime, session?: OpenedSession) => {
    const outlet = new FakeOutlet(userId);
    const topics = delivery.topicHub.join(outlet, dialect, session);
    outlet.subscriptions = topics;
    outlet.session = session;
    const feed = delivery.hub.join(outlet, dialect);
    return { outlet, topics, feed };
  };
  const join = async (userId: string, patterns: readonly string[] = [], dialect = realtime) => {
    const connection = open(userId, dialect);
    connection.topics.start();
    connection.topics.add(patterns);
    await turns();
    return connection;
  };
  const custom = (to: HandedTo): HandedMessage => ({
    id: `h${++handed}`,
    sender: 'Ann',
    at: 1,
    to,
    content: { kind: 'custom', type: 'X-Foo', dataJson: '{}' },
  });

  describe('publish', () => {
    it('hands the message over within the call, and counts the connections', async () => {
      const [ann, bob] = [await join('Ann', ['news']), await join('Bob', ['*'])];
      const publishing = delivery.distribution.publish(topicMessage('news'));
      expect([ann, bob].map(({ outlet }) => outlet.frames.length)).toEqual([1, 1]);
      expect(await publishing).toBe(2);
    });
  });

  describe('hand', () => {
    it('brings a frame to who is subscribed, each once, and says to whose connections', async () => {
      const [ann, bob] = [await join('Ann', ['news', 'news.>', '>']), await join('Bob')];
      expect(await delivery.distribution.hand(custom({ topic: 'news' }))).toEqual(['Ann']);
      expect([ann, bob].map(({ outlet }) => outlet.frames.length)).toEqual([1, 0]);
    });

    it('brings bytes as bytes', async () => {
      const { outlet } = await join('Bob', ['news']);
      const content = { kind: 'binary', kindByte: 1, line: {}, body: Buffer.from([1, 255]) } as const;
      await delivery.distribution.hand({ ...custom({ topic: 'news' }), content });
      expect(outlet.binaryFrames).toEqual([Buffer.from([1, 255])]);
    });

    it('brings a frame to every connection of a user whose dialect shows it', async () => {
      const bobs = [await join('Bob'), await join('Bob')];
      await join('Bob', [], concord);
      await join('Cid');
      const ids = bobs.map(({ outlet }) => outlet.connectionId);
      expect(await delivery.distribution.hand(custom({ userId: 'Bob' }))).toEqual(ids);
      expect(await delivery.distribution.hand(custom({ userId: 'Eve' }))).toEqual([]);
    });

    it('brings it to a chat’s members only', async () => {
      for (const userId of ['Ann', 'Bob', 'Cid']) await join(userId, ['chat.g_1']);
      await join('Bob');
      expect(await delivery.distribution.hand(custom({ topic: 'chat.g_1', chat: GROUP }))).toEqual(['Ann', 'Bob']);
    });

    it('brings it to who is subscribed to a channel’s topic, members or not', async () => {
      for (const userId of ['Ann', 'Bob']) await join(userId, ['chat.general']);
      const to = { topic: 'chat.general', chat: CHANNEL };
      expect(await delivery.distribution.hand(custom(to))).toEqual(['Ann', 'Bob']);
    });

    it('spares a slow reader', async () => {
      const { outlet } = await join('Bob', ['news']);
      outlet.bufferedBytes = 100;
      expect(await delivery.distribution.hand(custom({ topic: 'news' }))).toEqual([]);
      expect(outlet.frames).toEqual([]);
    });

    it('keeps it for a connection that may not be sent anything yet, as far as there is room', async () => {
      const { outlet, topics } = open('Bob');
      for (let sent = 0; sent < 10; sent++) await delivery.distribution.hand(custom({ userId: 'Bob' }));
      expect(await delivery.distribution.hand(custom({ userId: 'Bob' }))).toEqual([]);
      expect(outlet.frames).toEqual([]);
      topics.start();
      const bytes = outlet.frames.join('').length;
      expect(outlet.frames.length).toBeGreaterThan(0);
      expect(bytes).toBeLessThanOrEqual(100);
    });
  });

  describe('connectionsOf', () => {
    it('names a user’s connections whose dialect shows messages of a dialog', async () => {
      const [first, second] = [await join('Bob'), await join('Bob')];
      await join('Bob', [], concord);
      await join('Cid');
      const ids = [first, second].map(({ outlet }) => outlet.connectionId);
      expect(await delivery.distribution.connectionsOf('Bob')).toEqual(ids);
      second.outlet.closed = true;
      expect(await delivery.distribution.connectionsOf('Bob')).toEqual(ids.slice(0, 1));
      expect(await delivery.distribution.connectionsOf('Eve')).toEqual([]);
    });
  });

  describe('subscribersOf', () => {
    it('counts the connections of a chat’s members that are subscribed to its topic', async () => {
      for (const userId of ['Ann', 'Bob', 'Bob', 'Cid']) await join(userId, ['chat.*']);
      await join('Ann');
      const publication = { topic: 'chat.g_1', chat: GROUP, isTextless: true };
      expect(await delivery.distribution.subscribersOf(publication)).toBe(3);
    });

    it('counts the open connections that a channel’s message is handed to, the acting one where it comes back', async () => {
      const messaging = new FakeDialect('messaging');
      const [ann] = [await join('Ann', [], messaging), await join('Bob', [], messaging)];
      const [bob, gone] = [await join('Bob', [], concord), await join('Cid', [], concord)];
      const [cid] = [await join('Cid', ['chat.general']), await join('Dan')];
      gone.outlet.closed = true;
      const publication = { topic: 'chat.general', chat: CHANNEL, isTextless: false };
      const count = (acting?: { outlet: FakeOutlet }) =>
        delivery.distribution.subscribersOf({ ...publication, actingConnectionId: acting?.outlet.connectionId });
      expect(await count()).toBe(3);
      expect(await Promise.all([ann, bob, cid].map(count))).toEqual([2, 3, 3]);
    });

    it('counts nobody whose dialect shows nothing of a message without a text', async () => {
      await join('Ann', [], new FakeDialect('messaging'));
      await join('Bob', [], concord);
      await join('Cid', ['chat.general']);
      const publication = { topic: 'chat.general', chat: CHANNEL, isTextless: true };
      expect(await delivery.distribution.subscribersOf(publication)).toBe(2);
    });
  });

  describe('follow', () => {
    const commit = (isAnnounced = true) => {
      const sent = delivery.log.send(CHANNEL.id, { userId: 'Eve' });
      if (isAnnounced) delivery.events.emit('changesCommitted', [sent]);
      return sent;
    };
    const subscribe = async ({ outlet, topics }: ReturnType<typeof open>, ...patterns: string[]) => {
      topics.add(patterns);
      await delivery.distribution.follow(outlet.connectionId, patterns);
    };
    const changesIn = ({ frames }: FakeOutlet) => framesOf(frames).map(({ change }) => change);
    const sessionOf = (sessionId: number, ...patterns: string[]): OpenedSession => {
      const subscriptions = patterns.map((pattern) => ({ pattern, since: 0 }));
      return { sessionId, name: 'home', resumed: true, gap: [], subscriptions, position: 0 };
    };

    it('begins where the channel stands', async () => {
      commit();
      const bob = await join('Bob');
      await subscribe(bob, 'chat.general');
      commit();
      expect(changesIn(bob.outlet)).toEqual([2]);
    });

    it('tells of what is committed while it is found out where that is', async () => {
      commit();
      const bob = await join('Bob');
      delivery.log.delays = [2];
      const following = subscribe(bob, 'chat.general');
      commit();
      await turns(3);
      commit();
      await following;
      commit();
      await turns();
      expect(changesIn(bob.outlet)).toEqual([2, 3, 4]);
    });

    it('does not tell what was sent while it was unsubscribed, and all that is sent afterwards', async () => {
      const bob = await join('Bob');
      await subscribe(bob, 'chat.*');
      commit();
      bob.topics.remove(['chat.*']);
      commit();
      delivery.log.delays = [2];
      const following = subscribe(bob, 'chat.general');
      commit();
      await following;
      commit();
      await turns();
      expect(changesIn(bob.outlet)).toEqual([1, 3, 4]);
    });

    it('does not begin anew what another subscription brings already', async () => {
      const bob = await join('Bob');
      await subscribe(bob, 'chat.*');
      bob.outlet.bufferedBytes = 100;
      commit();
      await subscribe(bob, 'chat.general');
      bob.outlet.bufferedBytes = 0;
      bob.feed.drained();
      await turns();
      expect(changesIn(bob.outlet)).toEqual([1]);
    });

    it('forgets what was to be read when the connection was subscribed before', async () => {
      const bob = await join('Bob');
      await subscribe(bob, 'chat.general');
      delivery.log.delays = [2];
      bob.outlet.bufferedBytes = 100;
      commit();
      bob.outlet.bufferedBytes = 0;
      bob.feed.drained();
      // It is being read now.
      await turns(3);
      bob.topics.remove(['chat.general']);
      await subscribe(bob, 'chat.general');
      commit();
      await turns(30);
      expect(changesIn(bob.outlet)).toEqual([2]);
    });

    it('is for connections whose dialect follows what they are subscribed to', async () => {
      const bob = await join('Bob', ['chat.general'], new FakeDialect('messaging'));
      await subscribe(bob, 'chat.general');
      await delivery.distribution.follow('gone', ['chat.general']);
      commit();
      await turns();
      expect(bob.outlet.frames).toEqual([]);
    });

    it('has written where a session begins, so that its next connection goes on from there', async () => {
      commit();
      const first = open('Bob', realtime, sessionOf(1));
      await turns();
      await subscribe(first, 'chat.general');
      expect(delivery.log.cursorOf(first.feed.deviceId ?? 0, CHANNEL.id)?.position.change).toBe(1);
      delivery.hub.leave(first.feed);
      commit(false);
      const next = open('Bob', realtime, sessionOf(2, 'chat.general'));
      await turns();
      commit();
      expect(changesIn(next.outlet)).toEqual([2, 3]);
    });

    it('begins there too where the session’s first reading of the log is under way', async () => {
      commit();
      delivery.log.delays = [2];
      const bob = open('Bob', realtime, sessionOf(1));
      await subscribe(bob, 'chat.general');
      await turns(30);
      commit();
      expect(changesIn(bob.outlet)).toEqual([2]);
    });

    it('keeps for a session’s next connection what was being read when this one closed', async () => {
      const first = open('Bob', realtime, sessionOf(1));
      await turns();
      await subscribe(first, 'chat.general');
      first.outlet.bufferedBytes = 100;
      commit();
      delivery.log.delays = [2];
      first.outlet.bufferedBytes = 0;
      first.feed.drained();
      await turns(3);
      delivery.hub.leave(first.feed);
      delivery.topicHub.leave(first.topics);
      const next = open('Bob', realtime, sessionOf(2, 'chat.general'));
      await turns(30);
      expect(first.outlet.frames).toEqual([]);
      expect(changesIn(next.outlet)).toEqual([1]);
    });

    it('fails while the log cannot be read, and may be tried again', async () => {
      const bob = open('Bob', realtime, sessionOf(1));
      await turns();
      delivery.log.isAway = true;
      await expect(subscribe(bob, 'chat.general')).rejects.toThrow('away');
      bob.topics.remove(['chat.general']);
      delivery.log.isAway = false;
      commit();
      await subscribe(bob, 'chat.general');
      commit();
      expect(changesIn(bob.outlet)).toEqual([2]);
    });
  });
});

import { channelOf } from '../../test/support/delivery/fake-channels.js';
import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, FOLLOWING, framesOf, SUBSCRIBED } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import type { Change, ChannelNews, ChatChanged, ThreadCreated } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import type { TopicPermissions } from '../domain/principal.js';
import type { BusMessage } from './bus/bus.js';
import { LocalBus } from './bus/local-bus.js';
import type { Feed } from './feed.js';

const GENERAL: ChatAddress = { id: 4, kind: 'channel', publicId: 'c_1', name: 'general' };
const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const GROUP: ChatAddress = { id: 2, kind: 'group', publicId: 'g_1' };
const NOT_GENERAL: TopicPermissions = { subscribe: ['chat.other'], publish: [] };

describe('Followers', () => {
  let delivery: DeliveryHarness;
  let bus: LocalBus;
  const messaging = new FakeDialect('messaging');
  let concord: FakeDialect;
  let realtime: FakeDialect;

  beforeEach(() => {
    concord = new FakeDialect('concord', undefined, FOLLOWING);
    realtime = new FakeDialect('realtime', undefined, SUBSCRIBED);
    bus = new LocalBus((error) => {
      throw error;
    });
    delivery = new DeliveryHarness({}, bus);
    delivery.log.add(DIALOG, ['Ann', 'Bob']);
    delivery.log.add(GROUP, ['Ann', 'Bob']);
    delivery.log.add(GENERAL, ['Ann']);
    delivery.channels.add(GENERAL);
  });
  afterEach(() => {
    delivery.close();
  });

  const open = (userId: string, dialect: FakeDialect, topics?: TopicPermissions) => {
    const outlet = new FakeOutlet(userId, '', topics);
    const topicFeed = delivery.topicHub.join(outlet, dialect);
    outlet.subscriptions = topicFeed;
    return { outlet, feed: delivery.hub.join(outlet, dialect), topicFeed };
  };
  const join = async (userId: string, dialect: FakeDialect, topics?: TopicPermissions) => {
    const connection = open(userId, dialect, topics);
    await turns();
    return connection;
  };
  const subscribe = async (userId: string, ...patterns: string[]) => {
    const connection = await join(userId, realtime);
    connection.topicFeed.add(patterns);
    await delivery.distribution.follow(connection.outlet.connectionId, patterns);
    return connection;
  };
  const commit = (...changes: Change[]) => {
    delivery.events.emit('changesConfirmed', changes);
    delivery.events.emit('changesCommitted', changes);
  };
  const send = (chat: ChatAddress, userId = 'Ann', connectionId?: string) => {
    commit(delivery.log.send(chat.id, { userId, connectionId }));
  };
  const changesIn = ({ frames }: FakeOutlet) => framesOf(frames).map(({ change }) => change);
  const changeOf = (change: number, chat = GENERAL) => ({ chat, change, newest: 0, at: 0, origin: { userId: 'Ann' } });
  const news = (change: number, what: ChannelNews['news'], chat = GENERAL): ChatChanged => {
    const channel = { news: what, channel: channelOf(chat) };
    return { ...changeOf(change, chat), type: 'chatChanged', joined: [], left: [], channel };
  };

  describe('of a channel', () => {
    it('are all connections of a dialect that shows all channels, joined or not, and tell of nothing else', async () => {
      const [ann, bob] = [await join('Ann', concord), await join('Bob', concord)];
      for (const chat of [DIALOG, GROUP, GENERAL]) send(chat);
      for (const { outlet } of [ann, bob]) {
        expect(framesOf(outlet.frames)).toMatchObject([{ chat: GENERAL.id, chatId: 'c_1', change: 1 }]);
      }
      expect(concord.encoded).toBe(1);
      expect([...delivery.hub.feedsIn(DIALOG), ...delivery.hub.feedsIn(GROUP)]).toEqual([]);
    });

    it('are those that are subscribed to its topic, each told once', async () => {
      const [bob, cid] = [await subscribe('Bob', 'chat.general', 'chat.*', '>'), await subscribe('Cid', 'chat.other')];
      send(GENERAL);
      expect([bob, cid].map(({ outlet }) => outlet.frames.length)).toEqual([1, 0]);
    });

    it('are told after a hole only what their named devices have not had', async () => {
      const first = delivery.hub.join(new FakeOutlet('Bob', 'wall'), concord);
      await turns();
      for (const eventId of [1, 2, 3]) {
        send(GENERAL);
        first.acked(eventId);
      }
      delivery.hub.leave(first);
      const outlet = new FakeOutlet('Bob', 'wall');
      const feed = delivery.hub.join(outlet, concord);
      await turns();
      delivery.log.send(GENERAL.id, { userId: 'Ann' });
      feed.behind(GENERAL, { change: 1, number: 1 }, 4);
      await turns();
      expect(changesIn(outlet)).toEqual([4]);
    });

    it('are none of those whose dialect tells what was joined', async () => {
      const [ann, bob] = [await join('Ann', messaging), await join('Bob', messaging)];
      send(GENERAL);
      expect([ann, bob].map(({ outlet }) => outlet.frames.length)).toEqual([1, 0]);
    });

    it('are not those whose tokens don’t allow it, pushed or caught up with', async () => {
      send(GENERAL);
      const bob = await join('Bob', concord, NOT_GENERAL);
      const ann = await join('Ann', messaging, NOT_GENERAL);
      send(GENERAL);
      await turns();
      expect([bob, ann].map(({ outlet }) => outlet.frames.length)).toEqual([0, 0]);
      expect(delivery.log.scopes).toContainEqual({ channels: [], withChats: false, byName: false });
    });

    it('are no more those whose renewed tokens don’t allow it', async () => {
      const { outlet } = await subscribe('Bob', 'chat.general');
      const principal = { ...outlet.principal, topics: NOT_GENERAL };
      outlet.principal = principal;
      delivery.events.emit('principalRenewed', { connectionId: outlet.connectionId, principal });
      outlet.frames.length = 0;
      send(GENERAL);
      await turns();
      expect(outlet.frames).toEqual([]);
    });

    it('are told what they do themselves where there is no answer, once', async () => {
      const { outlet } = await join('Bob', concord);
      send(GENERAL, 'Bob', outlet.connectionId);
      await turns();
      expect(changesIn(outlet)).toEqual([1]);
    });

    it('are told nothing of what they do in a channel that they don’t follow', async () => {
      const { outlet } = await join('Bob', realtime);
      delivery.log.scopes.length = 0;
      send(GENERAL, 'Bob', outlet.connectionId);
      await turns();
      expect(outlet.frames).toEqual([]);
      expect(delivery.log.scopes).toEqual([]);
    });
  });

  describe('while a connection opens', () => {
    it('miss nothing that is committed', async () => {
      delivery.log.delays = [3];
      const { outlet } = open('Bob', concord);
      for (let count = 0; count < 30; count++) {
        send(GENERAL);
        await turns(1);
      }
      await until(() => outlet.frames.length === 30, 'everything has come');
      expect(changesIn(outlet)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    });

    it('wait until all channels come in before the log is read', async () => {
      let isReady: () => void = () => undefined;
      const ready = new Promise<void>((resolve) => (isReady = resolve));
      const { subscribe: subscribeAtOnce } = bus;
      jest.spyOn(bus, 'subscribe').mockImplementation((subject) => {
        const subscription = subscribeAtOnce.call(bus, subject);
        return subject === 'chat.4' ? { ready, end: () => undefined } : subscription;
      });
      await join('Bob', concord);
      expect(delivery.log.scopes).toEqual([]);
      isReady();
      await turns();
      expect(delivery.log.scopes).toHaveLength(1);
    });
  });

  describe('tell', () => {
    it('skips marks, joins and leaves, and asks the log nothing for that', async () => {
      const { outlet } = await join('Bob', concord);
      send(GENERAL);
      const read = delivery.log.read(GENERAL.id, { userId: 'Bob' });
      if (read) commit(read);
      delivery.log.catchUps.length = 0;
      send(GENERAL);
      await turns();
      expect(changesIn(outlet)).toEqual([1, 3]);
      expect(delivery.log.catchUps).toEqual([]);
    });

    it('tells of a thread, and nothing of it to who has joined', async () => {
      const [bob, ann] = [await join('Bob', concord), await join('Ann', messaging)];
      const thread = { id: 7, channelId: 4, messageId: 1, createdBy: 1, createdAt: 0, name: 'more' };
      const created: ThreadCreated = { ...changeOf(1), type: 'threadCreated', thread };
      commit(created);
      expect(framesOf(bob.outlet.frames)).toMatchObject([{ type: 'threadCreated', change: 1 }]);
      expect(ann.outlet.frames).toEqual([]);
    });

    it('reads from the log what passed by a follower who was not known to follow', async () => {
      const { outlet } = await join('Bob', concord);
      send(GENERAL);
      delivery.log.send(GENERAL.id, { userId: 'Ann' });
      const late = delivery.log.send(GENERAL.id, { userId: 'Ann' });
      delivery.hub.followers.tell({ change: late, after: 2 });
      await until(() => outlet.frames.length === 3, 'all has come');
      expect(changesIn(outlet)).toEqual([1, 2, 3]);
    });

    it('lets a slow follower go on from the log', async () => {
      const { outlet, feed } = await join('Bob', concord);
      outlet.bufferedBytes = delivery.limits.maxBufferedBytes;
      send(GENERAL);
      send(GENERAL);
      outlet.bufferedBytes = 0;
      feed.drained();
      await until(() => outlet.frames.length === 2, 'both have come');
      send(GENERAL);
      expect(changesIn(outlet)).toEqual([1, 2, 3]);
    });
  });

  describe('of what describes a channel', () => {
    const kindsIn = ({ frames }: FakeOutlet) => framesOf(frames).map(({ type, news: what }) => what ?? type);
    const NEW: ChatAddress = { id: 5, kind: 'channel', publicId: 'c_2', name: 'new' };

    const listen = () => {
      const heard: ChatChanged[] = [];
      delivery.events.on('channelChanged', (change) => {
        heard.push(change);
        if (change.channel?.news === 'deleted') delivery.channels.remove(change.chat);
        else delivery.channels.add(change.chat);
      });
      return heard;
    };

    it('are told of a new channel and of what is sent there, and so is this server', async () => {
      const heard = listen();
      const { outlet } = await join('Bob', concord);
      delivery.log.add(NEW, []);
      commit(news(1, 'created', NEW));
      expect(heard).toHaveLength(1);
      const message = { id: 9, number: 1, sender: 'Ann', kind: 'new' as const, createdAt: 0 };
      commit({ ...changeOf(2, NEW), newest: 1, type: 'messageSent', message, bases: [] });
      expect(kindsIn(outlet)).toEqual(['created', 'messageSent']);
    });

    it('are told by the new name, and begin there with what is sent under it', async () => {
      listen();
      const [old, both, young] = [
        await subscribe('Bob', 'chat.general'),
        await subscribe('Cid', 'chat.general', 'chat.young'),
        await subscribe('Dan', 'chat.young'),
      ];
      realtime.hidden.add('channelChanged');
      send(GENERAL);
      commit(news(2, 'updated', { ...GENERAL, name: 'young' }));
      const message = { id: 9, number: 2, sender: 'Ann', kind: 'new' as const, createdAt: 0 };
      // Whoever has made it did not know of the new name.
      commit({ ...changeOf(3), newest: 2, type: 'messageSent', message, bases: [] });
      commit(news(4, 'updated'));
      commit({ ...changeOf(5), newest: 3, type: 'messageSent', message: { ...message, number: 3 }, bases: [] });
      await turns();
      expect([old, both, young].map(({ outlet }) => changesIn(outlet))).toEqual([[1, 5], [1, 3, 5], [3]]);
    });

    it('are told that it is deleted, and hear nothing of it any more', async () => {
      listen();
      const { outlet } = await join('Bob', concord);
      commit(news(1, 'deleted'));
      expect(kindsIn(outlet)).toEqual(['deleted']);
      expect(delivery.hub.heardSince(GENERAL)).toBeUndefined();
    });

    it('read of a channel that nobody has told of', async () => {
      const { outlet } = await join('Bob', concord);
      delivery.log.add(NEW, []);
      delivery.channels.add(NEW);
      delivery.log.send(NEW.id, { userId: 'Ann' });
      delivery.events.emit('chatsUncertain', [NEW]);
      await until(() => outlet.frames.length === 1, 'it is found');
      send(NEW);
      expect(changesIn(outlet)).toEqual([1, 2]);
    });
  });

  describe('on the bus', () => {
    it('have all channels come in as long as they are here', async () => {
      const { feed } = await join('Bob', concord);
      const { feed: other } = await subscribe('Bob');
      expect(delivery.hub.heardSince(GENERAL)).toBeDefined();
      delivery.hub.leave(feed);
      expect(delivery.hub.heardSince(GENERAL)).toBeDefined();
      delivery.hub.leave(other);
      expect(delivery.hub.heardSince(GENERAL)).toBeUndefined();
    });

    it('count beside those who have joined, whoever came first', async () => {
      const ann = await join('Ann', messaging);
      const since = delivery.hub.heardSince(GENERAL);
      const bob = await join('Bob', concord);
      expect(delivery.hub.heardSince(GENERAL)).toBe(since);
      delivery.hub.leave(ann.feed);
      expect(delivery.hub.heardSince(GENERAL)).toBeGreaterThan(since ?? Infinity);
      delivery.hub.leave(bob.feed);
    });

    it('bring news of a channel to servers where nobody is in it', () => {
      const heard: BusMessage[] = [];
      bus.listen((message) => heard.push(message));
      commit(news(1, 'created'));
      expect(heard).toHaveLength(1);
    });
  });

  describe('that are received by pings', () => {
    const answer = async (feed: Feed) => {
      feed.received(feed.pingMark() ?? 0);
      await turns();
    };

    it('mark as delivered where their user is a member, and nowhere else', async () => {
      const [ann, bob] = [await join('Ann', concord), await join('Bob', concord)];
      send(GENERAL, 'Cid');
      for (const { feed } of [ann, bob]) await answer(feed);
      expect(delivery.marks.made).toEqual([{ userId: 'Ann', chat: GENERAL.id, upTo: 1 }]);
    });

    it('keep what a device has received, and of a subscription without a session nothing', async () => {
      const [bob, cid] = [await join('Bob', concord), await subscribe('Cid', 'chat.general')];
      send(GENERAL);
      for (const { feed } of [bob, cid]) await answer(feed);
      await delivery.cursors.flush();
      const [ofBob, ofCid] = [bob, cid].map(({ feed }) => delivery.log.cursorOf(feed.deviceId ?? 0, GENERAL.id));
      expect([ofBob?.position.change, ofCid]).toEqual([1, undefined]);
    });
  });

  describe('deviceIds', () => {
    it('are of devices that resume', async () => {
      await join('Bob', realtime);
      const { feed } = await join('Bob', concord);
      expect(delivery.hub.followers.deviceIds()).toEqual([feed.deviceId]);
    });
  });
});

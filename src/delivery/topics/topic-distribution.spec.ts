import { DeliveryHarness, turns } from '../../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../../test/support/delivery/fake-outlet.js';
import { topicMessage } from '../../../test/support/delivery/topic-messages.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { HandedMessage, HandedTo } from '../../domain/topics.js';

const GROUP: ChatAddress = { id: 2, kind: 'group', publicId: 'g_1' };

describe('TopicDistribution', () => {
  let delivery: DeliveryHarness;
  let handed = 0;
  const realtime = new FakeDialect('realtime', undefined, { showsSubscribedChatsOnly: true });
  const concord = new FakeDialect('concord', undefined, { showsDialogs: false });
  concord.encodeHanded = () => undefined;

  beforeEach(() => {
    delivery = new DeliveryHarness({ maxBufferedBytes: 100 });
    delivery.log.add(GROUP, ['Ann', 'Bob']);
  });
  afterEach(() => {
    delivery.close();
  });

  const open = (userId: string, dialect = realtime) => {
    const outlet = new FakeOutlet(userId);
    const topics = delivery.topicHub.join(outlet, dialect);
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
      await join('Bob');
      await join('Bob');
      await join('Bob', [], concord);
      await join('Cid');
      expect(await delivery.distribution.hand(custom({ userId: 'Bob' }))).toEqual(['Bob', 'Bob']);
      expect(await delivery.distribution.hand(custom({ userId: 'Eve' }))).toEqual([]);
    });

    it('brings it to a chat’s members only', async () => {
      for (const userId of ['Ann', 'Bob', 'Cid']) await join(userId, ['chat.g_1']);
      await join('Bob');
      expect(await delivery.distribution.hand(custom({ topic: 'chat.g_1', chat: GROUP }))).toEqual(['Ann', 'Bob']);
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
      expect(await delivery.distribution.subscribersOf('chat.g_1', GROUP)).toBe(3);
    });
  });
});

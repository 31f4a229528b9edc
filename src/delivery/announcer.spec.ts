import { DeliveryHarness, turns } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, FOLLOWING, SUBSCRIBED } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import { publish } from '../../test/support/delivery/topic-messages.js';
import type { ChatAddress } from '../domain/chat.js';
import type { Announcement, Audience, EphemeralEvent } from '../domain/events.js';
import type { BusListener } from './bus/bus.js';
import { LocalBus } from './bus/local-bus.js';
import { userSubject } from './bus/subjects.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const GROUP: ChatAddress = { id: 2, kind: 'group', publicId: 'g_1' };

/** A bus that delivers every message once more. */
class RepeatingBus extends LocalBus {
  override listen(listener: BusListener): () => void {
    return super.listen((message) => {
      listener(message);
      listener(message);
    });
  }
}

describe('Announcer', () => {
  let delivery: DeliveryHarness;
  let dialect: FakeDialect;
  let bus: RepeatingBus;

  beforeEach(() => {
    bus = new RepeatingBus((error) => {
      throw error;
    });
    delivery = new DeliveryHarness({ maxBufferedBytes: 100 }, bus);
    dialect = new FakeDialect();
    delivery.log.add(GROUP, ['Ann', 'Bob', 'Cid']);
  });
  afterEach(() => {
    delivery.close();
  });

  const join = async (userId: string): Promise<FakeOutlet> => {
    const outlet = new FakeOutlet(userId);
    delivery.hub.join(outlet, dialect);
    delivery.topicHub.join(outlet, dialect).start();
    await turns();
    return outlet;
  };
  const subscribe = ({ connectionId }: FakeOutlet, pattern: string) => {
    delivery.topicHub.feedById(connectionId)?.add([pattern]);
  };
  const announce = (audience: Audience, event: EphemeralEvent = { type: 'online', userId: 'Ann' }) => {
    delivery.events.emit('announced', { audience, event });
  };

  it('tells each connection of the users once, encoded once', async () => {
    const outlets = [await join('Bob'), await join('Bob'), await join('Cid')];
    const stranger = await join('Dan');
    announce({ users: ['Bob', 'Cid', 'Eve'] });
    expect(outlets.map(({ frames }) => frames.length)).toEqual([1, 1, 1]);
    expect(stranger.frames).toEqual([]);
    expect(dialect.encoded).toBe(1);
  });

  it('tells the others in a chat', async () => {
    const [ann, bob, cid] = [await join('Ann'), await join('Bob'), await join('Cid')];
    announce({ chat: GROUP, exceptUser: 'Ann' }, { type: 'typing', chat: GROUP, userId: 'Ann' });
    announce({ chat: DIALOG, exceptUser: 'Ann' }, { type: 'typing', chat: DIALOG, userId: 'Ann' });
    expect([ann, bob, cid].map(({ frames }) => frames.length)).toEqual([0, 2, 1]);
  });

  it('tells one connection', async () => {
    const [one, other] = [await join('Bob'), await join('Bob')];
    announce({ connection: one.connectionId });
    expect([one, other].map(({ frames }) => frames.length)).toEqual([1, 0]);
  });

  it('tells everybody', async () => {
    const outlets = [await join('Bob'), await join('Bob'), await join('Cid')];
    announce({ everybody: true });
    expect(outlets.map(({ frames }) => frames.length)).toEqual([1, 1, 1]);
    expect(dialect.encoded).toBe(1);
  });

  it('tells users and who is subscribed to the topic, each connection once', async () => {
    const [bob, cid, dan] = [await join('Bob'), await join('Cid'), await join('Dan')];
    for (const outlet of [bob, cid]) subscribe(outlet, 'presence.*');
    announce({ users: ['Bob', 'Eve'], topic: 'presence.Ann' });
    expect([bob, cid, dan].map(({ frames }) => frames.length)).toEqual([1, 1, 0]);
    announce({ users: [], topic: 'presence.Ann' });
    expect([bob, cid, dan].map(({ frames }) => frames.length)).toEqual([2, 2, 0]);
  });

  it('encodes apart what is shown with extensions', async () => {
    await join('Bob');
    const extended = new FakeDialect();
    delivery.hub.join(new FakeOutlet('Bob'), extended);
    await turns();
    announce({ users: ['Bob'] });
    expect([dialect.encoded, extended.encoded]).toEqual([1, 1]);
  });

  it('tells of a group only who is subscribed to it, where the dialect wants that', async () => {
    dialect = new FakeDialect('realtime', undefined, { showsSubscribedChatsOnly: true });
    const [bob, cid] = [await join('Bob'), await join('Cid')];
    bob.subscriptions.add(['chat.g_1']);
    announce({ chat: GROUP }, { type: 'typing', chat: GROUP, userId: 'Ann' });
    expect([bob, cid].map(({ frames }) => frames.length)).toEqual([1, 0]);
  });

  it('tells of a channel whoever follows it, and who types only where that has no other way to know', async () => {
    const channel: ChatAddress = { id: 4, kind: 'channel', publicId: 'c_1', name: 'general' };
    delivery.channels.add(channel);
    dialect = new FakeDialect('concord', undefined, FOLLOWING);
    const [ann, bob] = [await join('Ann'), await join('Bob')];
    dialect = new FakeDialect('realtime', undefined, SUBSCRIBED);
    const [own, other] = [await join('Ann'), await join('Bob')];
    for (const outlet of [own, other]) {
      subscribe(outlet, 'chat.general');
      outlet.subscriptions.add(['chat.general']);
    }
    announce({ chat: channel, exceptUser: 'Ann' }, { type: 'typing', chat: channel, userId: 'Ann' });
    expect([ann, bob, own, other].map(({ frames }) => frames.length)).toEqual([1, 1, 0, 1]);
  });

  it('tells everybody the time at which it was announced, on whatever server that was', async () => {
    const bob = await join('Bob');
    const announcement: Announcement = { audience: { users: ['Bob'] }, event: { type: 'online', userId: 'Ann' } };
    const times: unknown[] = [];
    dialect.encodeEphemeral = (...[, , time]: unknown[]) => {
      times.push(time);
      return '{}';
    };
    const at = delivery.clock.now() - 5;
    bus.publish([userSubject('Bob')], { kind: 'announcement', id: 'another:1', at, announcement });
    expect(bob.frames).toHaveLength(1);
    expect(times).toEqual([at]);
  });

  it('spares a slow reader', async () => {
    const bob = await join('Bob');
    bob.bufferedBytes = 100;
    announce({ users: ['Bob'] });
    expect(bob.frames).toEqual([]);
  });

  it('spares a reader for whom it would be too much', async () => {
    const bob = await join('Bob');
    bob.bufferedBytes = 99;
    announce({ users: ['Bob'] });
    expect(bob.frames).toEqual([]);
  });

  it('spares a reader who has yet to take what was said on topics', async () => {
    dialect = new FakeDialect('realtime');
    const bob = await join('Bob');
    subscribe(bob, 'news');
    bob.bufferedBytes = 99;
    await publish(delivery, 'news');
    bob.bufferedBytes = 1;
    announce({ users: ['Bob'] });
    expect(bob.frames).toEqual([]);
  });
});

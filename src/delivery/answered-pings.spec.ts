import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, framesOf } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import type { Change } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import type { Feed } from './feed.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const OTHER: ChatAddress = { id: 2, kind: 'dialog', users: ['Ann', 'Cid'] };

describe('AnsweredPings', () => {
  let delivery: DeliveryHarness;
  const realtime = new FakeDialect('realtime', undefined, { receivedBy: 'pings' });

  const open = (limits = {}) => {
    delivery = new DeliveryHarness(limits);
    delivery.log.add(DIALOG, ['Ann', 'Bob']);
    delivery.log.add(OTHER, ['Ann', 'Cid']);
  };
  beforeEach(() => {
    open();
  });
  afterEach(() => {
    delivery.close();
  });

  const join = async (outlet = new FakeOutlet('Ann')): Promise<{ feed: Feed; ann: FakeOutlet }> => {
    const feed = delivery.hub.join(outlet, realtime);
    await turns();
    return { feed, ann: outlet };
  };
  const commit = (change: Change | undefined) => {
    if (change) delivery.events.emit('changesCommitted', [change]);
  };
  const sendFrom = (userId: string, chat = DIALOG) => {
    commit(delivery.log.send(chat.id, { userId }));
  };
  const numbersIn = ({ frames }: FakeOutlet) => framesOf(frames).map(({ number }) => number);
  /** What a device is told that comes back. */
  const toldNext = async (feed: Feed) => {
    delivery.hub.leave(feed);
    const next = await join();
    delivery.hub.leave(next.feed);
    return numbersIn(next.ann);
  };
  const markedAs = (upTo: number, chat = DIALOG) => ({ userId: 'Ann', chat: chat.id, upTo });

  it('wants a ping after each event, which names the last one until it is covered', async () => {
    const { feed, ann } = await join();
    expect(feed.pingMark()).toBeUndefined();
    sendFrom('Bob');
    sendFrom('Bob');
    expect(ann.pingsWanted).toBe(2);
    expect(feed.pingMark()).toBe(2);
    feed.received(2);
    expect(feed.pingMark()).toBeUndefined();
    sendFrom('Bob');
    expect(feed.pingMark()).toBe(3);
  });

  it('wants none in a dialect with acks', async () => {
    const ann = new FakeOutlet('Ann');
    const feed = delivery.hub.join(ann, new FakeDialect());
    await turns();
    sendFrom('Bob');
    expect(ann.pingsWanted).toBe(0);
    expect(feed.pingMark()).toBeUndefined();
    feed.received(1);
    expect(await toldNext(feed)).toEqual([1]);
  });

  it('takes all up to the event as received, and nothing behind it', async () => {
    const { feed } = await join();
    for (let count = 0; count < 3; count++) sendFrom('Bob');
    feed.received(2);
    expect(await toldNext(feed)).toEqual([3]);
  });

  it('marks the newest message of others in each chat as delivered', async () => {
    const { feed } = await join();
    sendFrom('Bob');
    sendFrom('Cid', OTHER);
    sendFrom('Bob');
    sendFrom('Ann');
    feed.received(4);
    await turns();
    expect(delivery.marks.made).toEqual([markedAs(2), markedAs(1, OTHER)]);
  });

  it('marks nothing for one’s own messages and for what is no message', async () => {
    const { feed } = await join();
    sendFrom('Ann');
    commit(delivery.log.edit(DIALOG.id, { userId: 'Bob' }));
    commit(delivery.log.read(DIALOG.id, { userId: 'Bob' }));
    feed.received(3);
    await turns();
    expect(delivery.marks.asked).toBe(0);
    expect(await toldNext(feed)).toEqual([]);
  });

  it('does nothing for a repetition, or an event that was never sent', async () => {
    const { feed } = await join();
    sendFrom('Bob');
    feed.received(1);
    await turns();
    feed.received(1);
    feed.received(0);
    feed.received(7);
    sendFrom('Bob');
    await turns();
    expect(delivery.marks.asked).toBe(1);
    expect(feed.pingMark()).toBe(2);
  });

  it('receives nothing before the mark is committed, and tries again until it is', async () => {
    open({ maxUnackedEvents: 1 });
    const { feed, ann } = await join();
    sendFrom('Bob');
    sendFrom('Bob');
    delivery.log.isAway = true;
    feed.received(1);
    await until(() => delivery.marks.asked > 0, 'it was tried');
    await turns();
    expect(feed.fullSinceMs).toBe(1_000);
    expect(numbersIn(ann)).toEqual([1]);
    delivery.log.isAway = false;
    await until(() => ann.frames.length === 2, 'there is room again');
    expect(delivery.marks.made).toEqual([markedAs(1)]);
    expect(feed.fullSinceMs).toBe(1_000);
  });

  it('tells again, on the next connection, what could not be marked until this one closed', async () => {
    const { feed } = await join();
    sendFrom('Bob');
    delivery.log.isAway = true;
    feed.received(1);
    await until(() => delivery.marks.asked > 0, 'it was tried');
    await turns();
    delivery.hub.leave(feed);
    await until(() => delivery.marks.asked > 1, 'it was tried once more');
    await turns();
    delivery.log.isAway = false;
    expect(numbersIn((await join()).ann)).toEqual([1]);
    expect(delivery.marks.made).toEqual([]);
  });

  it('does not tell again what could be marked when this one closed, though it could not before', async () => {
    const { feed } = await join();
    sendFrom('Bob');
    delivery.log.isAway = true;
    feed.received(1);
    await until(() => delivery.marks.asked > 0, 'it was tried');
    await turns();
    delivery.log.isAway = false;
    expect(await toldNext(feed)).toEqual([]);
    expect(delivery.marks.made).toEqual([markedAs(1)]);
  });

  it('finishes, when the connection closes, what was answered before', async () => {
    const { feed } = await join();
    sendFrom('Bob');
    feed.received(1);
    await until(() => delivery.marks.asked === 1, 'the first mark is under way');
    sendFrom('Bob');
    feed.received(2);
    expect(await toldNext(feed)).toEqual([]);
    expect(delivery.marks.made.at(-1)).toEqual(markedAs(2));
  });
});

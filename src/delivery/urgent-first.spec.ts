import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, framesOf } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import type { ChatAddress } from '../domain/chat.js';
import type { CatchUpEvent } from '../log/catch-up-events.js';
import type { Feed } from './feed.js';
import { MAX_EARLY } from './urgent-first.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const OTHER: ChatAddress = { id: 2, kind: 'dialog', users: ['Ann', 'Cid'] };

describe('UrgentFirst', () => {
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

  const wait = (...isUrgent: boolean[]) => {
    for (const each of isUrgent) delivery.log.send(DIALOG.id, { userId: 'Bob' }, each || undefined);
  };
  const join = async (dialect = realtime): Promise<{ feed: Feed; ann: FakeOutlet }> => {
    const ann = new FakeOutlet('Ann');
    const feed = delivery.hub.join(ann, dialect);
    await turns();
    return { feed, ann };
  };
  const numbersIn = ({ frames }: FakeOutlet) => framesOf(frames).map(({ number }) => number);

  it('sends what is urgent before all the rest, and not again in its turn', async () => {
    delivery.log.send(OTHER.id, { userId: 'Cid' });
    wait(false, false, true);
    const { ann } = await join();
    expect(framesOf(ann.frames).map(({ chat, number }) => [chat, number])).toEqual([
      [1, 3],
      [1, 1],
      [1, 2],
      [2, 1],
    ]);
  });

  it('does not concern dialects with acks', async () => {
    wait(false, true);
    const { ann } = await join(new FakeDialect());
    expect(numbersIn(ann)).toEqual([1, 2]);
    expect(delivery.log.urgentReads).toEqual([]);
  });

  it('does not concern what is sent to somebody who is connected', async () => {
    const { ann } = await join();
    wait(false, true);
    delivery.events.emit('changesCommitted', delivery.log.changesOf(DIALOG.id));
    expect(numbersIn(ann)).toEqual([1, 2]);
  });

  it('does not concern groups that the connection is not shown', async () => {
    const traits = { receivedBy: 'pings', showsSubscribedChatsOnly: true } as const;
    const group = delivery.log.add({ id: 3, kind: 'group', publicId: 'g_1' }, ['Ann', 'Bob']);
    delivery.log.send(group.id, { userId: 'Bob' }, true);
    wait(false);
    const { ann } = await join(new FakeDialect('realtime', undefined, traits));
    expect(framesOf(ann.frames).map(({ chat }) => chat)).toEqual([DIALOG.id]);
  });

  it('receives it in its turn, with what comes before it', async () => {
    open({ maxUnackedEvents: 2 });
    wait(false, false, true);
    const { feed, ann } = await join();
    expect(numbersIn(ann)).toEqual([3, 1, 2]);
    feed.received(1);
    await turns();
    expect(delivery.marks.asked).toBe(0);
    feed.received(3);
    await until(() => feed.pingMark() === 4, 'its turn has come');
    expect(delivery.marks.made).toEqual([{ userId: 'Ann', chat: 1, upTo: 2 }]);
    feed.received(4);
    await until(() => delivery.marks.made.length === 2, 'it is received');
    expect(delivery.marks.made[1]).toEqual({ userId: 'Ann', chat: 1, upTo: 3 });
    expect(ann.frames).toHaveLength(3);
    delivery.hub.leave(feed);
    expect(numbersIn((await join()).ann)).toEqual([]);
  });

  it('tells it again on the next connection where its turn had not come', async () => {
    open({ maxUnackedEvents: 1 });
    wait(false, false, true);
    const { feed, ann } = await join();
    expect(numbersIn(ann)).toEqual([3, 1]);
    feed.received(2);
    await until(() => ann.frames.length === 3, 'the next one has come');
    delivery.hub.leave(feed);
    expect(numbersIn((await join()).ann)).toEqual([3, 2]);
  });

  it('tells again what was not received at all', async () => {
    wait(false, true);
    const { feed } = await join();
    delivery.hub.leave(feed);
    expect(numbersIn((await join()).ann)).toEqual([2, 1]);
  });

  it('tells it again in its turn where it has changed meanwhile', async () => {
    wait(false, true);
    const { catchUp } = delivery.log;
    delivery.log.catchUp = async (...asked) => {
      const page = await catchUp.apply(delivery.log, asked);
      return { chats: page.chats.map((chat) => ({ ...chat, events: chat.events.map(edited) })) };
    };
    const { ann } = await join();
    expect(framesOf(ann.frames).map(({ number, text }) => [number, text])).toEqual([
      [2, 'm2'],
      [1, 'edited'],
      [2, 'edited'],
    ]);
  });

  it(`sends at most ${MAX_EARLY} before their turn`, async () => {
    wait(false, ...Array.from({ length: MAX_EARLY + 1 }, () => true));
    const { ann } = await join();
    const early = Array.from({ length: MAX_EARLY }, (_, index) => index + 2);
    expect(numbersIn(ann)).toEqual([...early, 1, MAX_EARLY + 2]);
  });

  it('tries again while the log is away, and repeats nothing', async () => {
    wait(false, true);
    const { urgent } = delivery.log;
    let failures = 1;
    delivery.log.urgent = (...asked) =>
      failures-- > 0 ? Promise.reject(new Error('away')) : urgent.apply(delivery.log, asked);
    const { ann } = await join();
    await until(() => ann.frames.length === 2, 'it has caught up');
    expect(numbersIn(ann)).toEqual([2, 1]);
  });

  it('leaves to its turn what a slow reader has no room for', async () => {
    open({ maxBufferedBytes: 400 });
    wait(false, true, true, true, true, true);
    const ann = new FakeOutlet('Ann');
    ann.isSlow = true;
    const feed = delivery.hub.join(ann, realtime);
    await turns();
    expect(ann.bufferedBytes).toBeLessThanOrEqual(400);
    ann.isSlow = false;
    ann.bufferedBytes = 0;
    feed.drained();
    await until(() => ann.frames.length === 6, 'it has caught up');
    expect(numbersIn(ann).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(numbersIn(ann)[0]).toBe(2);
  });
});

function edited(told: CatchUpEvent): CatchUpEvent {
  if (told.event.type !== 'messageSent') return told;
  const message = { ...told.event.message, text: 'edited', updatedAt: 7 };
  return { ...told, event: { ...told.event, message } };
}

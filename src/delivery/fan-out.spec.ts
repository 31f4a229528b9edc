import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, FOLLOWING, framesOf } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import { LossyBus } from '../../test/support/delivery/lossy-bus.js';
import type { ChatChanged } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { EVERY_SERVER } from './bus/subjects.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const GROUP: ChatAddress = { id: 2, kind: 'group', publicId: 'g_1' };
const CHANNEL: ChatAddress = { id: 4, kind: 'channel', publicId: 'c_1', name: 'general' };

describe('FanOut', () => {
  let delivery: DeliveryHarness;
  let messaging: FakeDialect;
  let realtime: FakeDialect;

  beforeEach(() => {
    delivery = new DeliveryHarness();
    messaging = new FakeDialect('messaging');
    realtime = new FakeDialect('realtime');
    delivery.log.add(DIALOG, ['Ann', 'Bob']);
    delivery.log.add(GROUP, ['Ann', 'Bob', 'Cid']);
  });
  afterEach(() => {
    delivery.close();
  });

  const join = async (userId: string, dialect = messaging): Promise<FakeOutlet> => {
    const outlet = new FakeOutlet(userId);
    delivery.hub.join(outlet, dialect);
    await turns();
    return outlet;
  };
  const sendFrom = (userId: string, chat: ChatAddress) => {
    delivery.events.emit('changesCommitted', [delivery.log.send(chat.id, { userId })]);
  };
  const missedIn = ({ frames }: FakeOutlet) => framesOf(frames).map(({ missed }) => missed);

  it('encodes a change once for each dialect that somebody speaks', async () => {
    for (const userId of ['Ann', 'Bob', 'Bob', 'Cid']) await join(userId);
    await join('Cid', realtime);
    sendFrom('Ann', GROUP);
    expect(messaging.encoded).toBe(1);
    expect(realtime.encoded).toBe(1);
  });

  it('encodes for itself each form of a dialect', async () => {
    const extended = new FakeDialect('realtime');
    await join('Ann', realtime);
    await join('Bob', extended);
    sendFrom('Ann', DIALOG);
    expect([realtime.encoded, extended.encoded]).toEqual([1, 1]);
  });

  it('encodes nothing where nobody is to see it', async () => {
    await join('Cid');
    sendFrom('Ann', DIALOG);
    expect(messaging.encoded).toBe(0);
  });

  it('tells both users of a dialog, each by the other’s name', async () => {
    const [ann, bob] = [await join('Ann'), await join('Bob')];
    sendFrom('Ann', DIALOG);
    expect(framesOf(ann.frames)).toMatchObject([{ chatId: 'Bob', missed: 0 }]);
    expect(framesOf(bob.frames)).toMatchObject([{ chatId: 'Ann', missed: 1 }]);
  });

  it('counts what each member of a group has missed, through reading and writing', async () => {
    sendFrom('Cid', GROUP);
    const [bob, cid] = [await join('Bob'), await join('Cid')];
    sendFrom('Ann', GROUP);
    sendFrom('Bob', GROUP);
    const read = delivery.log.read(GROUP.id, { userId: 'Cid' });
    if (read) delivery.events.emit('changesCommitted', [read]);
    sendFrom('Ann', GROUP);
    // Bob: Cid's, Ann's, its own, Cid's mark of it, Ann's second.
    expect(missedIn(bob)).toEqual([1, 2, 2, undefined, 3]);
    expect(missedIn(cid)).toEqual([0, 1, 2, 0, 1]);
  });

  it('keeps a base that moved while the groups were being read', async () => {
    delivery.log.delays = [2];
    const bob = new FakeOutlet('Bob');
    await join('Ann');
    delivery.hub.join(bob, messaging);
    await turns(3);
    sendFrom('Bob', GROUP);
    await turns(30);
    sendFrom('Ann', GROUP);
    expect(missedIn(bob).at(-1)).toBe(1);
  });

  it('reads from the log what follows a hole', async () => {
    const bob = await join('Bob');
    sendFrom('Ann', GROUP);
    delivery.log.send(GROUP.id, { userId: 'Ann' });
    delivery.log.send(GROUP.id, { userId: 'Bob' });
    sendFrom('Ann', GROUP);
    await until(() => bob.frames.length === 4, 'the hole is filled');
    expect(missedIn(bob)).toEqual([1, 2, 2, 3]);
    await turns();
    sendFrom('Ann', GROUP);
    await until(() => bob.frames.length === 5, 'it goes on');
    expect(missedIn(bob).at(-1)).toBe(4);
  });

  it('reads from the log what a lossy bus lost before the first that is heard of a chat', async () => {
    delivery.close();
    const bus = new LossyBus((error) => {
      throw error;
    });
    delivery = new DeliveryHarness({}, bus);
    delivery.log.add(DIALOG, ['Ann', 'Bob']);
    const bob = await join('Bob');
    bus.fates = ['lost'];
    sendFrom('Ann', DIALOG);
    sendFrom('Ann', DIALOG);
    await until(() => bob.frames.length === 2, 'both have come');
    expect(framesOf(bob.frames).map(({ change }) => change)).toEqual([1, 2]);
  });

  describe('over a bus that may lose', () => {
    let bus: LossyBus;

    beforeEach(() => {
      delivery.close();
      bus = new LossyBus((error) => {
        throw error;
      });
      delivery = new DeliveryHarness({}, bus);
      delivery.log.add(DIALOG, ['Ann', 'Bob']);
      delivery.log.add(GROUP, ['Ann', 'Bob', 'Cid']);
    });

    const bringHead = (chat: ChatAddress, change: number, joined?: readonly string[]) => {
      const heads = [{ chat, change, newest: change, joined }];
      bus.bring([EVERY_SERVER], { kind: 'heads', server: 'another', heads });
    };
    const changesIn = ({ frames }: FakeOutlet) => framesOf(frames).map(({ change }) => change);
    const isReading = () => [...delivery.hub.feeds].some(({ hasCaughtUp }) => !hasCaughtUp);

    it('pushes the first change of a chat: nothing can have come before it', async () => {
      const bob = await join('Bob');
      sendFrom('Ann', DIALOG);
      expect(changesIn(bob)).toEqual([1]);
      expect(isReading()).toBe(false);
    });

    it('tells followers of a channel from its beginning, where a message in it is the first that this server hears of it', async () => {
      delivery.log.add(CHANNEL, ['Ann']);
      await join('Ann');
      const bob = await join('Bob', new FakeDialect('concord', undefined, FOLLOWING));
      delivery.log.send(CHANNEL.id, { userId: 'Ann' });
      sendFrom('Ann', CHANNEL);
      await turns();
      expect(changesIn(bob)).toEqual([1, 2]);
    });

    it('pushes what is heard first of a chat to who has had all before', async () => {
      delivery.log.send(DIALOG.id, { userId: 'Ann' });
      const bob = await join('Bob');
      sendFrom('Ann', DIALOG);
      expect(changesIn(bob)).toEqual([1, 2]);
      expect(isReading()).toBe(false);
    });

    it('reads the log where a quiet chat has got further than was heard', async () => {
      const bob = await join('Bob');
      sendFrom('Ann', DIALOG);
      bus.fates = ['lost'];
      sendFrom('Ann', DIALOG);
      bringHead(DIALOG, 2);
      await until(() => bob.frames.length === 2, 'it is found');
      expect(changesIn(bob)).toEqual([1, 2]);
    });

    it('reads nothing for a head that was heard, or that the connections here have had from the log', async () => {
      delivery.log.send(GROUP.id, { userId: 'Ann' });
      await join('Bob');
      sendFrom('Ann', DIALOG);
      bringHead(DIALOG, 1);
      bringHead(GROUP, 1);
      expect(isReading()).toBe(false);
    });

    it('reads the log where nothing was heard of the chat', async () => {
      const bob = await join('Bob');
      bus.fates = ['lost'];
      sendFrom('Ann', GROUP);
      bringHead(GROUP, 1);
      await until(() => bob.frames.length === 1, 'it is found');
      sendFrom('Ann', GROUP);
      await until(() => bob.frames.length === 2, 'it goes on');
      expect(missedIn(bob)).toEqual([1, 2]);
    });

    it('asks about no other chat where the device stands, of which it hears for the first time', async () => {
      const bob = await join('Bob');
      delivery.log.send(GROUP.id, { userId: 'Ann' });
      const asking = jest.spyOn(delivery.log, 'changedAmong');
      delivery.log.scopes.length = 0;
      jest.spyOn(delivery.log, 'changedChats').mockResolvedValue([]);
      asking.mockResolvedValueOnce([{ chatId: GROUP.id, position: { change: 0, number: 0 }, ahead: new Set() }]);
      sendFrom('Ann', GROUP);
      await until(() => bob.frames.length === 2, 'both have come');
      expect(asking.mock.calls.map(([, , chatIds]) => chatIds)).toEqual([[GROUP.id]]);
      expect(delivery.log.changedChats).not.toHaveBeenCalled();
    });

    it('reads the seats of a group after a hole, all at once, and takes away those of who has left', async () => {
      const cid = await join('Cid');
      const bob = await join('Bob');
      sendFrom('Ann', GROUP);
      const inIt = { base: 0, joinedNumber: 0 };
      const reading = jest.spyOn(delivery.log, 'seatsIn').mockResolvedValueOnce([
        { userId: 'Bob', change: 2, inIt },
        { userId: 'Cid', change: 2 },
      ]);
      delivery.log.send(GROUP.id, { userId: 'Ann' });
      bringHead(GROUP, 2);
      await until(() => bob.frames.length === 2 && !isReading(), 'it is found');
      expect([...delivery.hub.viewersOf(GROUP)].map(({ userId }) => userId)).toEqual(['Bob']);
      expect(reading.mock.calls).toEqual([[GROUP.id, ['Cid', 'Bob']]]);
      delivery.log.catchUps.length = 0;
      const before = cid.frames.length;
      sendFrom('Ann', GROUP);
      expect([missedIn(bob), cid.frames.length, delivery.log.catchUps]).toEqual([[1, 2, 3], before, []]);
    });

    it('keeps the seat of who was heard to be in a group after it was read', async () => {
      await join('Bob');
      sendFrom('Ann', GROUP);
      delivery.log.send(GROUP.id, { userId: 'Ann' });
      jest.spyOn(delivery.log, 'seatsIn').mockImplementationOnce(async () => {
        sendFrom('Bob', GROUP);
        return [{ userId: 'Bob', change: 2 }];
      });
      bringHead(GROUP, 2);
      await turns();
      expect(delivery.hub.groups.has(GROUP.id, 'Bob')).toBe(true);
    });

    it('reads the groups of who has joined one where nobody here was', async () => {
      const bob = await join('Bob');
      const late = delivery.log.add({ id: 3, kind: 'group', publicId: 'g_3' }, ['Bob']);
      delivery.log.send(late.id, { userId: 'Ann' });
      bringHead(late, 1, ['Bob', 'Dan']);
      await until(() => bob.frames.length === 1, 'it is found');
      expect(delivery.hub.groups.has(late.id, 'Bob')).toBe(true);
    });
  });

  it('makes uncertain chats be read again', async () => {
    const bob = await join('Bob');
    delivery.log.send(DIALOG.id, { userId: 'Ann' });
    delivery.events.emit('chatsUncertain', [DIALOG]);
    await until(() => bob.frames.length === 1, 'it is found');
  });

  describe('of a changed chat', () => {
    const changed = (change: number, who: Pick<ChatChanged, 'joined' | 'left'>): ChatChanged => {
      return { ...who, chat: GROUP, change, newest: 0, at: 0, origin: { userId: 'Ann' }, type: 'chatChanged' };
    };

    it('lets those who are in it, who join and who leave read the log, and pushes nothing to who has left', async () => {
      await join('Bob');
      const dan = await join('Dan');
      const { catchUps } = delivery.log;
      catchUps.length = 0;
      delivery.events.emit('changesCommitted', [changed(1, { joined: [{ userId: 'Dan', base: 0 }], left: [] })]);
      await turns();
      expect(catchUps.flat().map(({ chatId }) => chatId)).toEqual([GROUP.id, GROUP.id]);
      expect([...delivery.hub.viewersOf(GROUP)].map(({ userId }) => userId)).toEqual(['Bob', 'Dan']);

      delivery.events.emit('changesCommitted', [changed(2, { joined: [], left: ['Dan'] })]);
      delivery.log.edit(GROUP.id, { userId: 'Ann' });
      sendFrom('Ann', GROUP);
      await turns();
      expect([...delivery.hub.viewersOf(GROUP)].map(({ userId }) => userId)).toEqual(['Bob']);
      expect(dan.frames).toEqual([]);
      expect(messaging.encoded).toBeLessThanOrEqual(1);
    });

    it('tells who joins nothing of what is done to older messages', async () => {
      const dan = await join('Dan');
      sendFrom('Ann', GROUP);
      const joining = { ...changed(2, { joined: [{ userId: 'Dan', base: 1 }], left: [] }), newest: 1 };
      delivery.events.emit('changesCommitted', [joining]);
      await turns();
      const message = { id: 1, number: 1, sender: 'Ann', kind: 'new' as const, text: 'edited', createdAt: 0 };
      delivery.events.emit('changesCommitted', [{ ...joining, change: 3, type: 'messageEdited', message }]);
      expect(messaging.encoded).toBe(0);
      expect(dan.frames).toEqual([]);
    });
  });
});

import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, framesOf } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import type { Change } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import type { Feed } from './feed.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const OTHER: ChatAddress = { id: 2, kind: 'dialog', users: ['Ann', 'Cid'] };

describe('Feed', () => {
  let delivery: DeliveryHarness;
  const dialect = new FakeDialect();

  const open = (limits = {}) => {
    delivery = new DeliveryHarness(limits);
    delivery.log.add(DIALOG, ['Ann', 'Bob']);
    delivery.log.add(OTHER, ['Ann', 'Cid']);
    return delivery;
  };
  afterEach(() => {
    delivery.close();
  });

  const join = async (outlet: FakeOutlet): Promise<Feed> => {
    const feed = delivery.hub.join(outlet, dialect);
    await turns();
    return feed;
  };
  const commit = (...made: (Change | undefined)[]) => {
    const changes = made.filter((change) => change !== undefined);
    delivery.events.emit('changesConfirmed', changes);
    delivery.events.emit('changesCommitted', changes);
  };
  const sendFromBob = (chat = DIALOG) => {
    commit(delivery.log.send(chat.id, { userId: 'Bob' }));
  };
  const by = (userId: string, connectionId?: string) => ({ userId, connectionId });
  const changesIn = ({ frames }: FakeOutlet) => framesOf(frames).map(({ change }) => change);
  const idsIn = ({ frames }: FakeOutlet) => framesOf(frames).map(({ id }) => id);

  describe('start', () => {
    it('tells first what the device has not had, then what happens', async () => {
      open().log.send(DIALOG.id, { userId: 'Bob' });
      const ann = new FakeOutlet('Ann');
      await join(ann);
      sendFromBob();
      expect(changesIn(ann)).toEqual([1, 2]);
      expect(idsIn(ann)).toEqual([1, 2]);
    });

    it('loses nothing that is committed while it starts', async () => {
      open().log.delays = [3];
      const ann = new FakeOutlet('Ann');
      delivery.hub.join(ann, dialect);
      for (let count = 0; count < 30; count++) {
        sendFromBob();
        await turns(1);
      }
      await until(() => ann.frames.length === 30, 'everything has come');
      expect(changesIn(ann)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    });

    it('tells a new device what happened between its connecting and the moment at which the log hears of it', async () => {
      open().log.delays = [3];
      const ann = new FakeOutlet('Ann');
      delivery.hub.join(ann, dialect);
      sendFromBob();
      sendFromBob();
      await delivery.log.saveCursors([
        { deviceId: 1, chatId: DIALOG.id, position: { change: 1, number: 0 }, ahead: [] },
      ]);
      await until(() => ann.frames.length === 2, 'both have come');
      expect(changesIn(ann)).toEqual([1, 2]);
    });

    it('tries again until the database is back, and keeps the connection', async () => {
      open().log.isAway = true;
      const ann = new FakeOutlet('Ann');
      await join(ann);
      sendFromBob();
      delivery.log.isAway = false;
      await until(() => ann.frames.length === 1, 'it has caught up');
      expect(ann.closed).toBe(false);
    });
  });

  describe('release', () => {
    const hold = async (outlet: FakeOutlet): Promise<Feed> => {
      const feed = delivery.hub.join(outlet, dialect, { held: true });
      await turns();
      return feed;
    };

    it('begins with what waited and with what happened since, in order', async () => {
      open();
      delivery.log.send(DIALOG.id, { userId: 'Bob' });
      const ann = new FakeOutlet('Ann');
      const feed = await hold(ann);
      sendFromBob();
      feed.drained();
      await turns();
      expect(feed.sendEphemeral('typing', 'typing')).toBe(false);
      expect(ann.frames).toEqual([]);
      feed.release();
      feed.release();
      await turns();
      expect(changesIn(ann)).toEqual([1, 2]);
      expect(feed.sendEphemeral('typing', 'typing')).toBe(true);
    });

    it('does nothing once the connection has closed', async () => {
      open();
      const ann = new FakeOutlet('Ann');
      ann.deviceId = 7;
      const feed = await hold(ann);
      sendFromBob();
      delivery.hub.leave(feed);
      feed.release();
      await turns();
      expect(ann.frames).toEqual([]);
      await delivery.hub.settled();
      expect(delivery.log.departed).toEqual([7]);
    });
  });

  describe('acked', () => {
    it('does not tell again, on the next connection, what was acked', async () => {
      open();
      const first = await join(new FakeOutlet('Ann'));
      sendFromBob();
      sendFromBob();
      first.acked(1);
      delivery.hub.leave(first);
      const again = new FakeOutlet('Ann');
      await join(again);
      expect(changesIn(again)).toEqual([2]);
    });

    it('does not tell again what was acked out of order', async () => {
      open();
      const first = await join(new FakeOutlet('Ann'));
      for (let count = 0; count < 3; count++) sendFromBob();
      first.acked(2);
      delivery.hub.leave(first);
      const again = new FakeOutlet('Ann');
      await join(again);
      expect(changesIn(again)).toEqual([1, 3]);
    });

    it('takes no notice of an id that is unknown', async () => {
      open();
      const ann = new FakeOutlet('Ann');
      const feed = await join(ann);
      feed.acked(7);
      sendFromBob();
      expect(changesIn(ann)).toEqual([1]);
    });
  });

  describe('own changes', () => {
    const sendFrom = (outlet: FakeOutlet) => {
      const { connectionId, principal } = outlet;
      commit(delivery.log.send(DIALOG.id, { userId: principal.userId, connectionId }));
    };

    it('are told to the author’s other devices only', async () => {
      open();
      const phone = new FakeOutlet('Ann', 'phone');
      const desk = new FakeOutlet('Ann', 'desk');
      await join(phone);
      await join(desk);
      sendFrom(phone);
      expect(phone.frames).toEqual([]);
      expect(changesIn(desk)).toEqual([1]);
    });

    it('hide nothing that others have done to them, where they are announced while the log is being read', async () => {
      open().log.delays = [3];
      const ann = new FakeOutlet('Ann', 'phone');
      const feed = await join(ann);
      await turns();
      sendFromBob();
      await until(() => ann.frames.length === 1, 'the first has come');
      const { log } = delivery;
      const read = log.catchUp.bind(log);
      // As the log does: the message is told once, as it is by then.
      jest.spyOn(log, 'catchUp').mockImplementationOnce(async (...asked) => {
        const { chats } = await read(...asked);
        return { chats: chats.map((chat) => ({ ...chat, events: chat.events.slice(0, 1) })) };
      });
      feed.recheck(DIALOG.id);
      const own = log.send(DIALOG.id, by('Ann', ann.connectionId));
      log.edit(DIALOG.id, by('Bob'));
      await turns(2);
      commit(own);
      await until(() => changesIn(ann).includes(3), 'the edit has come');
      expect(changesIn(ann)).toEqual([1, 3]);
    });

    it('are not told to the device later, though an earlier event is not acked', async () => {
      open();
      const phone = new FakeOutlet('Ann', 'phone');
      const feed = await join(phone);
      sendFromBob();
      sendFrom(phone);
      delivery.hub.leave(feed);
      const again = new FakeOutlet('Ann', 'phone');
      await join(again);
      expect(changesIn(again)).toEqual([1]);
    });

    it('are told to the connection itself where an older change of a message is told after their answer', async () => {
      open();
      const phone = new FakeOutlet('Ann', 'phone');
      await join(phone);
      sendFromBob();
      const edits = [by('Bob'), by('Ann', phone.connectionId)].map((who) => delivery.log.edit(DIALOG.id, who));
      commit(...edits);
      expect(changesIn(phone)).toEqual([1, 2, 3]);
    });

    it('are told to a device that changed a message before it was told what others had done to it', async () => {
      open().log.delays = [2];
      sendFromBob();
      const phone = new FakeOutlet('Ann', 'phone');
      delivery.hub.join(phone, dialect);
      await turns(1);
      commit(delivery.log.edit(DIALOG.id, by('Ann', phone.connectionId)));
      await until(() => phone.frames.length === 2, 'it has caught up');
      expect(changesIn(phone)).toEqual([1, 2]);
    });

    it('are not told to the connection that has been told all that came before', async () => {
      open().log.delays = [2];
      const phone = new FakeOutlet('Ann', 'phone');
      delivery.hub.join(phone, dialect);
      await turns(1);
      sendFrom(phone);
      commit(delivery.log.edit(DIALOG.id, by('Ann', phone.connectionId)));
      await turns();
      commit(delivery.log.edit(DIALOG.id, by('Ann', phone.connectionId)));
      sendFromBob();
      expect(changesIn(phone)).toEqual([4]);
    });

    it('are not told to a device that sent them and left before its cursors were read', async () => {
      open().log.delays = [2];
      sendFromBob();
      const phone = new FakeOutlet('Ann', 'phone');
      const feed = delivery.hub.join(phone, dialect);
      await turns(1);
      sendFrom(phone);
      delivery.hub.leave(feed);
      await until(() => feed.deviceId !== undefined, 'the device is known');
      await turns();
      const again = new FakeOutlet('Ann', 'phone');
      delivery.hub.join(again, dialect);
      await until(() => again.frames.length > 0, 'it has caught up');
      expect(changesIn(again)).toEqual([1]);
    });
  });

  describe('a full window', () => {
    it('waits for acks, says since when, and goes on from the log', async () => {
      open({ maxUnackedEvents: 2 });
      const ann = new FakeOutlet('Ann');
      const feed = await join(ann);
      for (let count = 0; count < 4; count++) sendFromBob();
      await turns();
      expect(changesIn(ann)).toEqual([1, 2]);
      expect(feed.fullSinceMs).toBe(1_000);
      feed.acked(1);
      expect(feed.fullSinceMs).toBeUndefined();
      await until(() => ann.frames.length === 3, 'there is room for one more');
      feed.acked(2);
      feed.acked(3);
      await until(() => ann.frames.length === 4, 'there is room for the last');
      expect(changesIn(ann)).toEqual([1, 2, 3, 4]);
    });
  });

  describe('a slow reader', () => {
    it('holds no more than its bound and loses nothing', async () => {
      open({ maxBufferedBytes: 300 });
      const ann = new FakeOutlet('Ann');
      const feed = await join(ann);
      ann.isSlow = true;
      for (let count = 0; count < 20; count++) sendFromBob();
      await turns();
      expect(ann.bufferedBytes).toBeLessThanOrEqual(300);
      expect(ann.frames.length).toBeLessThan(20);
      ann.isSlow = false;
      ann.bufferedBytes = 0;
      feed.drained();
      await until(() => ann.frames.length === 20, 'it has caught up');
      expect(changesIn(ann)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    });
  });

  describe('countIn', () => {
    it('grows with what comes of the chat, and with own changes of what there was as they are answered', async () => {
      open();
      const ann = new FakeOutlet('Ann', 'phone');
      const feed = await join(ann);
      expect(feed.countIn(DIALOG.id)).toBe(0);
      sendFromBob();
      const told = feed.countIn(DIALOG.id);
      expect(told).toBeGreaterThan(0);
      const confirm = async (...edits: (Change | undefined)[]) => {
        delivery.events.emit(
          'changesConfirmed',
          edits.flatMap((edit) => edit ?? []),
        );
        await Promise.resolve();
      };
      await confirm(delivery.log.edit(DIALOG.id, by('Ann', ann.connectionId)));
      const answered = feed.countIn(DIALOG.id);
      expect(answered).toBeGreaterThan(told);
      await confirm(delivery.log.edit(DIALOG.id, by('Bob', 'another')));
      expect(feed.countIn(DIALOG.id)).toBe(answered);
    });
  });

  describe('did', () => {
    it('does not take for told what came before it, where nothing was sent of the chat yet', async () => {
      open();
      await join(new FakeOutlet('Bob'));
      const before = new FakeOutlet('Ann', 'phone');
      const feed = await join(before);
      sendFromBob();
      feed.acked(1);
      delivery.hub.leave(feed);
      const ann = new FakeOutlet('Ann', 'phone');
      await join(ann);
      expect(ann.frames).toEqual([]);
      // Another server has it, and is late to tell.
      const late = delivery.log.send(DIALOG.id, { userId: 'Bob' });
      commit(delivery.log.edit(DIALOG.id, by('Ann', ann.connectionId)));
      commit(late);
      await until(() => ann.frames.length === 2, 'it has come');
      expect(changesIn(ann)).toEqual([2, 3]);
    });
  });

  describe('behind', () => {
    it('tells each of a user’s unnamed connections, though another has had it and they share a cursor', async () => {
      open();
      const [one, other] = [new FakeOutlet('Ann'), new FakeOutlet('Ann')];
      const [first, second] = [await join(one), await join(other)];
      delivery.log.send(DIALOG.id, { userId: 'Bob' });
      first.behind(DIALOG, { change: 0, number: 0 }, 1);
      await until(() => one.frames.length === 1, 'the first has had it');
      first.acked(1);
      second.behind(DIALOG, { change: 0, number: 0 }, 1);
      await until(() => other.frames.length === 1, 'so has the second');
    });

    it('does not tell a named device again what it has had elsewhere, before it came', async () => {
      open();
      const [elsewhere, ann] = [new FakeOutlet('Ann', 'phone'), new FakeOutlet('Ann', 'phone')];
      const before = await join(elsewhere);
      sendFromBob();
      before.acked(1);
      delivery.hub.leave(before);
      await turns();
      ann.deviceId = before.deviceId;
      const feed = await join(ann);
      feed.behind(DIALOG, { change: 0, number: 0 }, 1);
      sendFromBob();
      await until(() => ann.frames.length > 0 && feed.hasCaughtUp, 'what is new has come');
      expect(changesIn(ann)).toEqual([2]);
    });
  });

  describe('recheck', () => {
    it('finds what nobody told, in a chat of which nothing was told before', async () => {
      open();
      const ann = new FakeOutlet('Ann');
      await join(ann);
      delivery.log.send(OTHER.id, { userId: 'Cid' });
      for (const feed of delivery.hub.feedsOf('Ann')) feed.recheck(OTHER.id);
      await until(() => ann.frames.length === 1, 'it has been found');
      expect(framesOf(ann.frames)[0]).toMatchObject({ chat: OTHER.id, change: 1 });
    });

    it('does not take what happens meanwhile for what it was looking for', async () => {
      open().log.delays = [3];
      const ann = new FakeOutlet('Ann');
      const feed = await join(ann);
      for (let turnsLater = 0; turnsLater < 12; turnsLater++) {
        feed.recheck(DIALOG.id);
        await turns(turnsLater);
        sendFromBob();
        await until(() => ann.frames.length > turnsLater, `change ${turnsLater + 1} has come`);
      }
    });
  });

  describe('groups, in a dialect that shows subscribed chats only', () => {
    const GROUP: ChatAddress = { id: 3, kind: 'group', publicId: 'g_1' };
    const realtime = new FakeDialect('realtime', undefined, { receivedBy: 'pings', showsSubscribedChatsOnly: true });

    const joinGroup = async (outlet: FakeOutlet): Promise<Feed> => {
      const feed = delivery.hub.join(outlet, realtime);
      await turns();
      return feed;
    };
    const sendToGroup = () => {
      sendFromBob(GROUP);
    };
    beforeEach(() => {
      open().log.add(GROUP, ['Ann', 'Bob']);
    });

    it('are told while the connection is subscribed, and passed while it is not', async () => {
      const ann = new FakeOutlet('Ann');
      await joinGroup(ann);
      sendToGroup();
      ann.subscriptions.add(['chat.g_1']);
      sendToGroup();
      ann.subscriptions.remove(['chat.g_1']);
      sendToGroup();
      sendFromBob();
      expect(framesOf(ann.frames).map(({ id, chat, change }) => [id, chat, change])).toEqual([
        [1, GROUP.id, 2],
        [2, DIALOG.id, 1],
      ]);
    });

    it('are told alike of what waited', async () => {
      delivery.log.send(GROUP.id, { userId: 'Bob' });
      const subscribed = new FakeOutlet('Ann', 'phone');
      const other = new FakeOutlet('Ann', 'desk');
      subscribed.subscriptions.add(['chat.g_1']);
      await joinGroup(subscribed);
      await joinGroup(other);
      expect(changesIn(subscribed)).toEqual([1]);
      expect(other.frames).toEqual([]);
      expect(other.pingsWanted).toBe(0);
    });

    it.each([
      ['brought back', true, [1, 2]],
      ['passed', false, []],
    ])("have a connection's own messages %s where its being subscribed is %s", async (_what, isSubscribed, told) => {
      const ann = new FakeOutlet('Ann');
      if (isSubscribed) ann.subscriptions.add(['chat.g_1']);
      await joinGroup(ann);
      commit(delivery.log.send(GROUP.id, by('Ann', ann.connectionId)));
      commit(delivery.log.send(GROUP.id, by('Ann', ann.connectionId)));
      await turns();
      expect(changesIn(ann)).toEqual(told);
    });

    it("have a connection's own messages brought back that are sent while it catches up, once", async () => {
      delivery.log.delays = [3];
      const ann = new FakeOutlet('Ann');
      ann.subscriptions.add(['chat.g_1']);
      delivery.hub.join(ann, realtime);
      sendToGroup();
      commit(delivery.log.send(GROUP.id, by('Ann', ann.connectionId)));
      sendToGroup();
      await until(() => ann.frames.length >= 3, 'all have come');
      expect(changesIn(ann)).toEqual([1, 2, 3]);
    });

    it('are not told later of what was passed', async () => {
      const first = await joinGroup(new FakeOutlet('Ann'));
      sendToGroup();
      delivery.hub.leave(first);
      const again = new FakeOutlet('Ann');
      again.subscriptions.add(['chat.g_1']);
      await joinGroup(again);
      expect(again.frames).toEqual([]);
    });
  });

  it('passes, without a number, what its dialect does not show to this viewer', async () => {
    open();
    const spared = new FakeDialect('realtime', undefined, { receivedBy: 'pings' });
    spared.sparedTheirOwn.add('Ann');
    delivery.log.send(DIALOG.id, { userId: 'Ann' });
    const ann = new FakeOutlet('Ann');
    const feed = delivery.hub.join(ann, spared);
    await turns();
    commit(delivery.log.send(DIALOG.id, { userId: 'Ann' }));
    sendFromBob();
    expect(framesOf(ann.frames).map(({ id, change }) => [id, change])).toEqual([[1, 3]]);
    feed.received(1);
    await turns();
    commit(delivery.log.send(DIALOG.id, { userId: 'Ann' }));
    await delivery.hub.settled();
    expect(delivery.log.cursorOf(1, DIALOG.id)?.position.change).toBe(4);
  });

  it('does not number what its dialect does not show', async () => {
    open();
    const quiet = new FakeDialect();
    quiet.hidden.add('messageEdited');
    const ann = new FakeOutlet('Ann');
    delivery.hub.join(ann, quiet);
    await turns();
    sendFromBob();
    commit(delivery.log.edit(DIALOG.id, { userId: 'Bob' }));
    sendFromBob();
    expect(framesOf(ann.frames).map(({ id, change }) => [id, change])).toEqual([
      [1, 1],
      [2, 3],
    ]);
  });
});

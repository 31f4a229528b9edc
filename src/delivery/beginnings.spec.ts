import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, FOLLOWING, framesOf } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import { LossyBus } from '../../test/support/delivery/lossy-bus.js';
import type { Change } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { UnavailableError } from '../domain/errors.js';
import { chatSubject } from './bus/subjects.js';
import type { CursorMove } from '../log/device-store.js';
import type { UnsavedCursors } from './bus/bus.js';
import { EncodeOnce } from './encode-once.js';
import { MAX_TRACKS } from './window.js';

const GENERAL: ChatAddress = { id: 4, kind: 'channel', publicId: 'c_1', name: 'general' };

describe('Beginnings', () => {
  let delivery: DeliveryHarness;
  let bus: LossyBus;
  let concord: FakeDialect;

  beforeEach(() => {
    concord = new FakeDialect('concord', undefined, FOLLOWING);
    bus = new LossyBus((error) => {
      throw error;
    });
    delivery = new DeliveryHarness({}, bus);
    delivery.log.add(GENERAL, []);
    delivery.channels.add(GENERAL);
  });
  afterEach(() => {
    delivery.close();
  });

  const open = async (device = '') => {
    const outlet = new FakeOutlet('Bob', device);
    outlet.deviceId = (await delivery.hub.introduce({ userId: 'Bob', dialect: 'concord', device }))?.deviceId;
    return { outlet, feed: delivery.hub.join(outlet, concord) };
  };
  const join = async (device = '') => {
    const connection = await open(device);
    await turns();
    return connection;
  };
  /** Another connection of the device has had all that there is, so that the cursor stands there. */
  const haveAll = async (device = '') => {
    const other = await join(device);
    other.feed.received(other.feed.lastEventId);
    await turns();
    delivery.hub.leave(other.feed);
    await turns();
  };
  const write = () => delivery.log.send(GENERAL.id, { userId: 'Ann' });
  const tell = (...changes: Change[]) => {
    bus.bring([chatSubject(GENERAL.id)], { kind: 'changes', changes });
  };
  const changesIn = ({ frames }: FakeOutlet) => framesOf(frames).map(({ change }) => change);

  it('are from where a hole is told, to who came while it was not known', async () => {
    const older = await join();
    tell(write());
    write();
    await haveAll();
    const { outlet } = await join();
    write();
    tell(write());
    await until(() => changesIn(outlet).includes(4), 'the last has come');
    expect(changesIn(older.outlet)).toEqual([1, 2, 3, 4]);
    expect(changesIn(outlet)).toEqual([3, 4]);
  });

  it('are from where is told what an interruption lost, whatever another connection of the device has had', async () => {
    const { outlet } = await join();
    const other = await join();
    for (let count = 0; count < 3; count++) write();
    other.feed.recheckAll();
    await turns();
    other.feed.received(other.feed.lastEventId);
    await turns();
    expect([changesIn(other.outlet), changesIn(outlet)]).toEqual([[1, 2, 3], []]);
    bus.interrupt();
    await turns();
    expect(changesIn(outlet)).toEqual([1, 2, 3]);
  });

  it('are before all that is told, also where something from before them comes later still', async () => {
    const late = write();
    await haveAll();
    const { outlet } = await join();
    tell(late, write());
    expect(changesIn(outlet)).toEqual([2]);
  });

  it('are before all that is told to a named connection too', async () => {
    const late = write();
    await haveAll('pc');
    const { outlet } = await join('pc');
    tell(late, write());
    expect(changesIn(outlet)).toEqual([2]);
  });

  it('take nothing away from a connection that was open before the database could be asked', async () => {
    delivery.log.isAway = true;
    const { outlet } = await open();
    await turns();
    tell(write());
    delivery.log.isAway = false;
    await haveAll();
    expect(changesIn(outlet)).toEqual([]);
    await until(() => changesIn(outlet).length > 0, 'what came meanwhile is told');
    expect(changesIn(outlet)).toEqual([1]);
  });

  describe.each(['', 'pc'])(
    'of a connection that opened before the database could be asked (device "%s")',
    (device) => {
      const opened = () => {
        const outlet = new FakeOutlet('Bob', device);
        return { outlet, feed: delivery.hub.join(outlet, concord) };
      };

      it('hide nothing that was told while it could not', async () => {
        delivery.log.isAway = true;
        const { outlet, feed } = opened();
        await turns();
        const between = write();
        delivery.log.isAway = false;
        const connect = delivery.log.connect.bind(delivery.log);
        delivery.log.connect = async (arrival) => {
          const connected = await connect(arrival);
          const cursor = {
            deviceId: connected.deviceId,
            chatId: GENERAL.id,
            position: { change: 1, number: 1 },
            ahead: [],
          };
          await delivery.log.saveCursors([cursor]);
          return connected;
        };
        await until(() => feed.hasCaughtUp, 'it has caught up');
        tell(between);
        await turns();
        expect(changesIn(outlet)).toEqual([1]);
      });

      it('count as ever once it could: what is lost then is found, also where something is told meanwhile', async () => {
        write();
        await haveAll(device);
        const { outlet, feed } = opened();
        await until(() => feed.hasCaughtUp, 'it has caught up');
        delivery.log.delays = [3];
        write();
        bus.interrupt();
        tell(write());
        await until(() => changesIn(outlet).includes(3), 'the last has come');
        expect(changesIn(outlet)).toEqual([2, 3]);
      });
    },
  );

  describe('while other servers have yet to say what the device has had', () => {
    let answer: (...moves: CursorMove[]) => void;

    beforeEach(() => {
      const answered = new Promise<UnsavedCursors[]>((resolve) => {
        answer = (...moves) => {
          resolve([{ moves, isMoreToCome: false }]);
        };
      });
      jest.replaceProperty(bus, 'peers', new Set(['slow']));
      jest.spyOn(bus, 'ask').mockReturnValueOnce(answered);
    });

    it('are where the connection opened', async () => {
      const { outlet } = await join();
      write();
      await haveAll();
      answer();
      await until(() => changesIn(outlet).length > 0, 'it is told');
      expect(changesIn(outlet)).toEqual([1]);
    });

    it('are where the connection opened in a channel with more news, too', async () => {
      const { outlet } = await join();
      write();
      await haveAll();
      write();
      answer();
      await until(() => changesIn(outlet).includes(2), 'it is told');
      expect(changesIn(outlet)).toEqual([1, 2]);
    });

    it('do not take for had what another connection has had since out of order', async () => {
      const { outlet, feed } = await join();
      for (let count = 0; count < 3; count++) write();
      const cursor = {
        deviceId: feed.deviceId ?? 0,
        chatId: GENERAL.id,
        position: { change: 0, number: 0 },
        ahead: [2],
      };
      await delivery.log.saveCursors([cursor]);
      answer();
      await until(() => feed.hasCaughtUp, 'it has caught up');
      expect(changesIn(outlet)).toEqual([1, 2, 3]);
    });

    it('are not kept to by a named connection where these say more', async () => {
      const { outlet, feed } = await join('pc');
      const late = write();
      tell(late);
      answer({ deviceId: feed.deviceId ?? 0, chatId: GENERAL.id, position: { change: 1, number: 1 }, ahead: [] });
      await until(() => feed.hasCaughtUp, 'it has caught up');
      expect(changesIn(outlet)).toEqual([]);
    });
  });

  it('stay where they were first read, though that took long and what else there is to do had to be done again', async () => {
    const heads = delivery.log.heads.bind(delivery.log);
    let goOn: () => void = () => undefined;
    jest.spyOn(delivery.log, 'heads').mockImplementationOnce(async (chatIds) => {
      const read = await heads(chatIds);
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      return read;
    });
    jest.spyOn(delivery.hub.groups, 'enter').mockRejectedValueOnce(new UnavailableError('away'));
    const { outlet, feed } = await open();
    await turns();
    write();
    await haveAll();
    goOn();
    await until(() => feed.hasCaughtUp, 'it has caught up');
    expect(changesIn(outlet)).toEqual([1]);
  });

  it.each([3, 10, 20, 30, 40])(
    'do not count for what a named connection is told while the log is asked (%d turns)',
    async (later) => {
      for (let count = 0; count < 3; count++) tell(write());
      await haveAll('pc');
      const { outlet, feed } = await join('pc');
      for (let count = 0; count < 3; count++) write();
      const cursor = {
        deviceId: feed.deviceId ?? 0,
        chatId: GENERAL.id,
        position: { change: 6, number: 6 },
        ahead: [],
      };
      await delivery.log.saveCursors([cursor]);
      const changedChats = delivery.log.changedChats.bind(delivery.log);
      jest.spyOn(delivery.log, 'changedChats').mockImplementationOnce(async (...asked) => {
        const answered = await changedChats(...asked);
        await turns(20);
        return answered;
      });
      feed.recheckAll();
      await turns(later);
      const change = write();
      feed.offerFollowed(change, new EncodeOnce(change), 3);
      await until(() => feed.hasCaughtUp && outlet.frames.length > 0, 'it has caught up');
      expect(changesIn(outlet)).toEqual([7]);
    },
  );

  it('do not count for the cursor of a named connection, whose tracks may be forgotten', async () => {
    for (let id = 5; id <= MAX_TRACKS + 4; id++) {
      const channel: ChatAddress = { id, kind: 'channel', publicId: `c_${id}`, name: `channel-${id}` };
      delivery.log.add(channel, []);
      delivery.channels.add(channel);
    }
    const { outlet, feed } = await join('pc');
    const tellIn = (id: number) => {
      bus.bring([chatSubject(id)], { kind: 'changes', changes: [delivery.log.send(id, { userId: 'Ann' })] });
    };
    for (let count = 0; count < 5; count++) tell(write());
    for (let id = 5; id < MAX_TRACKS + 4; id++) tellIn(id);
    feed.received(feed.lastEventId);
    await turns(60);
    const before = outlet.frames.length;
    delivery.log.delays = [3];
    feed.recheckAll();
    await turns(1);
    tellIn(MAX_TRACKS + 4);
    await until(() => feed.hasCaughtUp && outlet.frames.length > before, 'it has caught up');
    await turns(60);
    expect(outlet.frames).toHaveLength(before + 1);
  });

  it('are kept to where something from before them comes late', async () => {
    const late = write();
    write();
    await haveAll();
    delivery.log.delays = [3];
    const { outlet } = await open();
    tell(late);
    await turns(60);
    expect(changesIn(outlet)).toEqual([]);
    tell(write());
    await until(() => changesIn(outlet).length > 0, 'the last has come');
    expect(changesIn(outlet)).toEqual([3]);
  });

  it('are kept to where there is news besides', async () => {
    const late = write();
    await haveAll();
    delivery.log.delays = [3];
    const { outlet } = await open();
    tell(late);
    write();
    await turns(60);
    expect(changesIn(outlet)).toEqual([2]);
  });

  it('are at the start of a channel that is made later, whatever another connection of the device has had of it', async () => {
    const { outlet } = await join();
    const other = await join();
    const made: ChatAddress = { id: 5, kind: 'channel', publicId: 'c_2', name: 'made' };
    delivery.log.add(made, []);
    delivery.channels.add(made);
    delivery.log.send(made.id, { userId: 'Ann' });
    other.feed.recheckAll();
    await turns();
    other.feed.received(other.feed.lastEventId);
    await turns();
    bus.interrupt();
    await turns();
    expect(changesIn(outlet)).toEqual([1]);
  });
});

import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, FOLLOWING, framesOf } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import { LossyBus } from '../../test/support/delivery/lossy-bus.js';
import type { Change } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { chatSubject } from './bus/subjects.js';

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

  const open = () => {
    const outlet = new FakeOutlet('Bob');
    return { outlet, feed: delivery.hub.join(outlet, concord) };
  };
  const join = async () => {
    const connection = open();
    await turns();
    return connection;
  };
  /** Another unnamed connection of the user has had all that there is, so that their cursor stands there. */
  const haveAll = async () => {
    const other = await join();
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

  it('are kept to where something from before them comes late', async () => {
    const late = write();
    write();
    await haveAll();
    delivery.log.delays = [3];
    const { outlet } = open();
    tell(late);
    await turns(60);
    expect(changesIn(outlet)).toEqual([]);
    tell(write());
    await until(() => changesIn(outlet).length > 0, 'the last has come');
    expect(changesIn(outlet)).toEqual([3]);
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

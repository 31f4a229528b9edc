import { DeliveryHarness, turns, until } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect, framesOf } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import { LossyBus } from '../../test/support/delivery/lossy-bus.js';
import type { Change } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { subjectsOf } from './bus/subjects.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };

describe('Guesses', () => {
  let delivery: DeliveryHarness;
  let bus: LossyBus;
  const dialect = new FakeDialect();

  beforeEach(() => {
    bus = new LossyBus((error) => {
      throw error;
    });
    delivery = new DeliveryHarness({}, bus);
    delivery.log.add(DIALOG, ['Ann', 'Bob']);
  });
  afterEach(() => {
    delivery.close();
  });

  const open = async (device: string) => {
    const outlet = new FakeOutlet('Ann', device);
    outlet.deviceId = (await delivery.hub.introduce({ userId: 'Ann', dialect: 'messaging', device }))?.deviceId;
    return { outlet, feed: delivery.hub.join(outlet, dialect) };
  };
  const send = () => delivery.log.send(DIALOG.id, { userId: 'Bob' });
  const tell = (change: Change) => {
    bus.bring(subjectsOf(DIALOG), { kind: 'changes', changes: [change] });
  };
  /** The device has had what there is on another server, which this one has yet to hear of. */
  const haveAll = async (device: string) => {
    const { outlet, feed } = await open(device);
    await turns();
    for (const { id } of framesOf(outlet.frames)) feed.acked(id);
    delivery.hub.leave(feed);
    await turns();
  };
  const changesIn = ({ frames }: FakeOutlet) => framesOf(frames).map(({ change }) => change);

  it('are not kept to where what came was late: a named device is not told again what it has had', async () => {
    const late = send();
    send();
    await haveAll('phone');
    delivery.log.delays = [3];
    const { outlet, feed } = await open('phone');
    tell(late);
    await until(() => feed.hasCaughtUp, 'the log has answered');
    expect(changesIn(outlet)).toEqual([]);
    tell(send());
    await until(() => outlet.frames.length > 0, 'what is new has come');
    expect(changesIn(outlet)).toEqual([3]);
  });

  it('are not kept to where there is news besides', async () => {
    const late = send();
    await haveAll('phone');
    delivery.log.delays = [3];
    const { outlet, feed } = await open('phone');
    tell(late);
    send();
    await until(() => feed.hasCaughtUp, 'the log has answered');
    expect(changesIn(outlet)).toEqual([2]);
  });

  it('leave nothing out that is committed while the log is being asked', async () => {
    const late = send();
    await haveAll('phone');
    delivery.log.delays = [3];
    const { outlet, feed } = await open('phone');
    tell(late);
    for (let count = 0; count < 10; count++) {
      await turns(1);
      tell(send());
    }
    await until(() => feed.hasCaughtUp, 'the log has answered');
    expect(changesIn(outlet)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('are kept to by unnamed devices, which share a cursor', async () => {
    const late = send();
    send();
    await haveAll('');
    delivery.log.delays = [3];
    const { outlet, feed } = await open('');
    tell(late);
    await until(() => feed.hasCaughtUp, 'the log has answered');
    expect(changesIn(outlet)).toEqual([1, 2]);
  });
});

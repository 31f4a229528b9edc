import { DeliveryHarness, turns } from '../../test/support/delivery/delivery-harness.js';
import { FakeCall } from '../../test/support/delivery/fake-call.js';
import { FakeDialect, framesOf } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import type { Change, ChatChanged } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const GROUP: ChatAddress = { id: 2, kind: 'group', publicId: 'g_1' };

describe('the changes of a call', () => {
  let delivery: DeliveryHarness;
  const messaging = new FakeDialect('messaging');

  beforeEach(() => {
    delivery = new DeliveryHarness();
    delivery.log.add(DIALOG, ['Ann', 'Bob']);
    delivery.log.add(GROUP, ['Ann', 'Bob', 'Cid']);
  });
  afterEach(() => {
    delivery.close();
  });

  const join = async (userId: string, device = '', dialect = messaging): Promise<FakeOutlet> => {
    const outlet = new FakeOutlet(userId, device);
    delivery.hub.join(outlet, dialect);
    await turns();
    return outlet;
  };
  const commit = (...changes: Change[]) => {
    delivery.events.emit('changesConfirmed', changes);
    delivery.events.emit('changesCommitted', changes);
  };
  const by = ({ principal, connectionId }: FakeOutlet) => ({ userId: principal.userId, connectionId });
  const callBy = (caller: string, { id } = DIALOG) => new FakeCall(delivery.log, id, caller);
  const typesIn = ({ frames }: FakeOutlet) => framesOf(frames).map(({ type }) => type);

  it('ring with everybody but the connection that calls', async () => {
    const [phone, laptop, bob] = [await join('Ann', 'phone'), await join('Ann', 'laptop'), await join('Bob')];
    commit(callBy('Ann').start(by(phone)));
    expect([phone, laptop, bob].map(typesIn)).toEqual([[], ['callStarted'], ['callStarted']]);
  });

  it('end the ringing on the other devices of who answers, and tell nobody else', async () => {
    const [ann, phone, laptop] = [await join('Ann'), await join('Bob', 'phone'), await join('Bob', 'laptop')];
    const call = callBy('Ann');
    commit(call.start(by(ann)));
    commit(call.answer(by(phone)));
    expect([ann, phone, laptop].map(typesIn)).toEqual([[], ['callStarted'], ['callStarted', 'callAnswered']]);
  });

  it('tell of the end everybody', async () => {
    const [ann, bob] = [await join('Ann'), await join('Bob')];
    const call = callBy('Ann');
    commit(call.start(by(ann)));
    commit(...call.close());
    expect([ann, bob].map((each) => typesIn(each).slice(-2))).toEqual([
      ['callClosed', 'callLogged'],
      ['callClosed', 'callLogged'],
    ]);
  });

  it('do not tell a device on a later connection that it answered', async () => {
    const [ann, phone, laptop] = [await join('Ann'), await join('Bob', 'phone'), await join('Bob', 'laptop')];
    const devices = [phone, laptop].map(({ connectionId }) => delivery.calls.deviceOf(connectionId));
    const call = callBy('Ann');
    const started = call.start(by(ann));
    const answered = call.answer(by(phone), devices[0]);
    for (const each of [phone, laptop]) {
      const feed = delivery.hub.feedById(each.connectionId);
      if (feed) delivery.hub.leave(feed);
    }
    commit(started, answered);
    const later = async (device: string) => {
      const outlet = new FakeOutlet('Bob', device);
      outlet.openedAt = answered.at + 1;
      delivery.hub.join(outlet, messaging);
      await turns(40);
      return outlet;
    };
    expect(typesIn(await later('phone'))).not.toContain('callAnswered');
    expect(typesIn(await later('laptop'))).toContain('callAnswered');
  });

  it('do not tell a named device that it answered, also where its connection was replaced meanwhile', async () => {
    const ann = await join('Ann');
    const [unnamed, older] = [await join('Bob'), await join('Bob', 'phone')];
    const deviceId = delivery.calls.deviceOf(older.connectionId);
    const newer = await join('Bob', 'phone');
    const call = callBy('Ann');
    commit(call.start(by(ann)));
    commit(call.answer(by(older), deviceId));
    commit(delivery.log.send(DIALOG.id, { userId: 'Ann' }));
    expect([unnamed, newer].map(typesIn)).toEqual([
      ['callStarted', 'callAnswered', 'messageSent'],
      ['callStarted', 'messageSent'],
    ]);
  });

  it('tell the other connection of an unnamed device that it answered', async () => {
    const ann = await join('Ann');
    const [one, other] = [await join('Bob'), await join('Bob')];
    const call = callBy('Ann');
    commit(call.start(by(ann)));
    commit({ ...call.answer(by(one), delivery.calls.deviceOf(one.connectionId)), at: other.openedAt + 1 });
    expect([one, other].map(typesIn)).toEqual([['callStarted'], ['callStarted', 'callAnswered']]);
  });

  it('count as messages that are missed', async () => {
    const cid = await join('Cid');
    await join('Ann');
    const bases = [{ userId: 'Ann', base: 1 }];
    commit(callBy('Ann', GROUP).start({ userId: 'Ann' }, bases));
    commit(delivery.log.send(GROUP.id, { userId: 'Bob' }));
    expect(framesOf(cid.frames).map(({ missed }) => missed)).toEqual([undefined, 2]);
    expect(delivery.hub.groups.get(GROUP.id)?.seats.get('Ann')).toMatchObject({ base: 1 });
  });

  it('are passed by who joined after the call began', async () => {
    const [ann, dan] = [await join('Ann'), await join('Dan')];
    const call = callBy('Ann', GROUP);
    const started = call.start(by(ann));
    commit(started);
    commit(joining('Dan', started));
    await turns();
    // The log in memory knows no joining; what comes next is the one after it.
    delivery.log.append(GROUP.id, { userId: 'Ann' }, (base) => ({ ...started, ...base }));
    const before = dan.frames.length;
    commit(...call.close());
    await turns();
    expect(typesIn(dan).slice(before)).toEqual([]);
  });

  it('are nothing to a dialect without calls', async () => {
    const callless = new FakeDialect('realtime', undefined, { receivedBy: 'pings' });
    for (const type of ['callStarted', 'callAnswered', 'callClosed', 'callLogged'] as const) callless.hidden.add(type);
    const bob = await join('Bob', '', callless);
    const call = callBy('Ann');
    commit(call.start({ userId: 'Ann' }));
    commit(...call.close());
    commit(delivery.log.send(DIALOG.id, { userId: 'Ann' }));
    expect(framesOf(bob.frames).map(({ type, change }) => [type, change])).toEqual([['messageSent', 4]]);
  });
});

function joining(userId: string, { chat, change, newest, at }: Change): ChatChanged {
  const made = { chat, change: change + 1, newest, at, origin: { userId: 'Ann' } };
  return { ...made, type: 'chatChanged', joined: [{ userId, base: newest }], left: [] };
}

import { callRow, startCall, toldOf, toldSoFar } from '../support/calls.js';
import { eventsUntilNow } from '../support/cast.js';
import { arrival, sendText } from '../support/conversation.js';
import { failure } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ CALL_RING_S: '60' });
});

afterAll(() => server.stop());

interface Scene {
  readonly ann: string;
  readonly ben: string;
  /** Ann, who calls. */
  readonly caller: MessagingClient;
  readonly connectBen: (device: string, acks?: boolean) => Promise<MessagingClient>;
}

async function setScene(): Promise<Scene> {
  const [ann, ben] = freshUsers('Ann', 'Ben');
  const caller = await server.connect(ann, { acks: true });
  return { ann, ben, caller, connectBen: (device, acks = true) => server.connect(ben, { acks, query: { device } }) };
}

/** What the client is told of the call before a text that is written now. */
async function toldUntilNow({ ben, caller }: Scene, client: MessagingClient, callId: string) {
  await eventsUntilNow(client, caller, ben);
  return toldSoFar(client, callId);
}

describe('the other devices of who is called', () => {
  it.each([
    ['acceptCall', 'received'],
    ['declineCall', 'missed'],
  ])('stop ringing when one says %s: %s', async (payloadType, status) => {
    const scene = await setScene();
    const { ann, ben, caller, connectBen } = scene;
    const carol = freshUsers('Carol')[0];
    const [phone, tablet] = [await connectBen('phone'), await connectBen('tablet')];
    const other = await server.connect(carol);
    const { chatId } = await caller.request('createChat', { name: 'Lunch', participants: [ben, carol] });
    const { callId } = await startCall(caller, chatId as string);
    for (const client of [phone, tablet]) await toldOf(client, 'newCall', callId);
    await phone.request(payloadType, { callId });

    expect((await toldOf(tablet, 'closeCall', callId)).payload).toStrictEqual({
      ...{ callId, chatId, caller: ann, participants: [ann, ben, carol], callType: 'audio' },
      ...{ callDuration: 0, status, direction: 'incoming' },
    });
    await sendText(caller, chatId as string, 'marker');
    for (const client of [phone, other]) await arrival(client, 'marker');
    expect(toldSoFar(phone, callId)).toEqual(['newCall']);
    expect(toldSoFar(other, callId)).toEqual(['newCall']);
    expect(toldSoFar(caller, callId)).toEqual([]);
  });

  it('are told of the end too, as everybody is', async () => {
    const scene = await setScene();
    const [phone, tablet] = [await scene.connectBen('phone'), await scene.connectBen('tablet')];
    const { callId } = await startCall(scene.caller, scene.ben);
    for (const client of [phone, tablet]) await toldOf(client, 'newCall', callId);
    await phone.request('acceptCall', { callId });
    await scene.caller.request('closeCall', { callId });

    expect(await toldUntilNow(scene, tablet, callId)).toEqual(['newCall', 'closeCall', 'closeCall', 'call']);
    expect(toldSoFar(phone, callId)).toEqual(['newCall', 'closeCall', 'call']);
  });

  it('can’t accept what one has accepted', async () => {
    const scene = await setScene();
    const [phone, tablet] = [await scene.connectBen('phone'), await scene.connectBen('tablet')];
    const { callId } = await startCall(scene.caller, scene.ben);
    const answers = await Promise.all([phone, tablet].map((client) => client.ask('acceptCall', { callId })));

    expect(answers.map(({ error }) => error?.code ?? 200).sort()).toEqual([200, 409]);
    expect(await callRow(server.database.url, callId)).toMatchObject({ isOpen: true });
  });
});

describe('a device whose connection went before it was answered', () => {
  it.each(['acceptCall', 'declineCall'])('is answered the same when it says %s again, once', async (payloadType) => {
    const { ben, caller, connectBen } = await setScene();
    const tablet = await connectBen('tablet');
    const phone = await connectBen('phone');
    const { callId } = await startCall(caller, ben);
    const first = await phone.request(payloadType, { callId });
    await phone.vanish();
    const again = await connectBen('phone');

    expect(await again.request(payloadType, { callId })).toStrictEqual(first);
    for (const client of [again, tablet]) {
      expect(await client.ask(payloadType, { callId })).toMatchObject(failure(409, 'payload.callId'));
    }
  });

  it('goes on where it was: signals find it on its new connection', async () => {
    const { ann, ben, caller } = await setScene();
    const phone = await server.connect(ben);
    const { callId } = await startCall(caller, ben);
    await phone.request('acceptCall', { callId });
    await phone.vanish();
    const [other, again] = [await server.connect(ben), await server.connect(ben)];
    await again.request('acceptCall', { callId });
    await caller.request('signal', { callId, to: ben, data: 'hello' });

    expect((await again.event('signal')).payload).toMatchObject({ from: ann, data: 'hello' });
    expect(other.events('signal')).toEqual([]);
  });

  it('can’t accept what an open connection of the same device has accepted', async () => {
    const { ben, caller } = await setScene();
    const [one, other] = [await server.connect(ben), await server.connect(ben)];
    const { callId } = await startCall(caller, ben);
    await one.request('acceptCall', { callId });

    expect(await other.ask('acceptCall', { callId })).toMatchObject(failure(409, 'payload.callId'));
  });

  it('can’t accept what has ended meanwhile', async () => {
    const { ben, caller, connectBen } = await setScene();
    const phone = await connectBen('phone');
    const { callId } = await startCall(caller, ben);
    await phone.request('acceptCall', { callId });
    await phone.vanish();
    await caller.request('closeCall', { callId });
    const again = await connectBen('phone');

    expect(await again.ask('acceptCall', { callId })).toMatchObject(failure(409, 'payload.callId'));
  });
});

describe('a device that was away', () => {
  it('is told that it rings while it does, and that it is over, each until it is acked', async () => {
    const scene = await setScene();
    const { ben, caller, connectBen } = scene;
    await (await connectBen('phone')).close();
    const { callId } = await startCall(caller, ben);
    for (let visit = 0; visit < 2; visit++) {
      const deaf = await connectBen('phone', false);
      await toldOf(deaf, 'newCall', callId);
      await deaf.close();
    }
    const acking = await connectBen('phone');
    await toldOf(acking, 'newCall', callId);
    await acking.settled();
    await acking.close();
    const silent = await connectBen('phone');
    expect(await toldUntilNow(scene, silent, callId)).toEqual([]);
    await silent.close();
    await caller.request('closeCall', { callId });

    for (let visit = 0; visit < 2; visit++) {
      const deaf = await connectBen('phone', false);
      await toldOf(deaf, 'call', callId);
      expect(toldSoFar(deaf, callId)).toEqual(['closeCall', 'call']);
      await deaf.close();
    }
    const last = await connectBen('phone');
    await toldOf(last, 'call', callId);
    await last.settled();
    await last.close();
    expect(await toldUntilNow(scene, await connectBen('phone'), callId)).toEqual([]);
  });

  it('is not told that it rings once it does not, but that it is over', async () => {
    const scene = await setScene();
    const { ann, ben, caller, connectBen } = scene;
    await (await connectBen('phone')).close();
    await sendText(caller, ben, 'before');
    const { callId } = await startCall(caller, ben);
    await caller.request('closeCall', { callId });
    await sendText(caller, ben, 'after');
    const phone = await connectBen('phone');
    await arrival(phone, 'after');

    expect(toldSoFar(phone, callId).sort()).toEqual(['call', 'closeCall']);
    expect((await toldOf(phone, 'closeCall', callId)).payload).toMatchObject({ chatId: ann, status: 'missed' });
    expect(phone.events('call')).toHaveLength(1);
  });

  it('is not told that it rings where another device has answered', async () => {
    const scene = await setScene();
    const { ben, caller, connectBen } = scene;
    await (await connectBen('tablet')).close();
    const phone = await connectBen('phone');
    const { callId } = await startCall(caller, ben);
    await phone.request('acceptCall', { callId });
    const tablet = await connectBen('tablet');
    await sendText(caller, ben, 'marker');
    await arrival(tablet, 'marker');

    expect(toldSoFar(tablet, callId)).not.toContain('newCall');
  });

  it('is told that it no longer rings where it had heard that it did', async () => {
    const scene = await setScene();
    const { ben, caller, connectBen } = scene;
    const [phone, tablet] = [await connectBen('phone'), await connectBen('tablet')];
    const { callId } = await startCall(caller, ben);
    await toldOf(tablet, 'newCall', callId);
    await tablet.settled();
    await tablet.vanish();
    await phone.request('acceptCall', { callId });

    const again = await connectBen('tablet');
    expect((await toldOf(again, 'closeCall', callId)).payload).toMatchObject({ status: 'received', callDuration: 0 });
  });

  it('that has never been seen is told that it rings, and of a call that has ended only that', async () => {
    const scene = await setScene();
    const { ben, caller, connectBen } = scene;
    const first = await startCall(caller, ben);
    await caller.request('closeCall', { callId: first.callId });
    const second = await startCall(caller, ben);
    const phone = await connectBen('phone');
    await toldOf(phone, 'newCall', second.callId);

    expect(toldSoFar(phone, first.callId)).toContain('call');
    expect(toldSoFar(phone, first.callId)).not.toContain('newCall');
    expect(toldSoFar(phone, second.callId)).toEqual(['newCall']);
  });
});

describe('the caller’s other devices', () => {
  it('learn of the call while nobody has accepted it, and not after', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const caller = await server.connect(ann, { query: { device: 'phone' } });
    const called = await server.connect(ben);
    await (await server.connect(ann, { query: { device: 'desk' } })).close();
    const { callId } = await startCall(caller, ben);
    const desk = await server.connect(ann, { query: { device: 'desk' } });
    expect((await toldOf(desk, 'newCall', callId)).payload).toMatchObject({ direction: 'outgoing', chatId: ben });
    await desk.close();
    await called.request('acceptCall', { callId });
    const again = await server.connect(ann, { query: { device: 'desk' } });
    await sendText(called, ann, 'marker');
    await arrival(again, 'marker');

    expect(toldSoFar(again, callId)).toEqual([]);
  });
});

describe('a call whose last participant is gone', () => {
  let brief: TestServer;

  beforeAll(async () => {
    brief = await TestServer.start({ CALL_GONE_S: '0.6' });
  });

  afterAll(() => brief.stop());

  it('is closed, as received where it was accepted', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const caller = await brief.connect(ann, { query: { device: 'phone' } });
    const called = await brief.connect(ben, { query: { device: 'phone' } });
    const watching = await brief.connect(ben, { query: { device: 'desk' } });
    const { callId } = await startCall(caller, ben);
    await toldOf(watching, 'newCall', callId);
    await called.request('acceptCall', { callId });
    await caller.vanish();
    await called.vanish();

    const how = { status: 'received', callDuration: 0 };
    expect((await toldOf(watching, 'call', callId)).payload).toMatchObject(how);
    // It had stopped ringing there when the phone accepted.
    const closings = watching.events('closeCall').map(({ payload }) => payload);
    expect(closings).toMatchObject([how, how]);
  });

  it('is closed as missed where it was not', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const caller = await brief.connect(ann);
    const called = await brief.connect(ben);
    const { callId } = await startCall(caller, ben);
    await caller.vanish();

    expect((await toldOf(called, 'closeCall', callId)).payload).toMatchObject({ status: 'missed' });
  });

  it('stays open as long as one is there, or comes back in time', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const caller = await brief.connect(ann, { query: { device: 'phone' } });
    const called = await brief.connect(ben, { query: { device: 'phone' } });
    const { callId } = await startCall(caller, ben);
    await called.request('acceptCall', { callId });
    await called.vanish();
    const { aliveAt } = await callRow(brief.database.url, callId);
    // A call of others, made and given up later, has run out meanwhile.
    const [cid, dan] = freshUsers('Cid', 'Dan');
    const doomed = await brief.connect(cid);
    const watching = await brief.connect(dan);
    const other = await startCall(doomed, dan);
    await doomed.vanish();
    await toldOf(watching, 'closeCall', other.callId);

    const now = await callRow(brief.database.url, callId);
    expect(now).toMatchObject({ isOpen: true });
    expect(now.aliveAt).toBeGreaterThan(aliveAt);
    await caller.request('closeCall', { callId });
  });
});

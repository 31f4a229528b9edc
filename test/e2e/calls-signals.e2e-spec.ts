import { callRow, startCall, toldOf } from '../support/calls.js';
import { failure } from '../support/expectations.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ CALL_SIGNAL_WAIT_S: '10', MAX_HELD_SIGNALS: '3' });
});

afterAll(() => server.stop());

interface Scene {
  readonly ann: string;
  readonly ben: string;
  readonly caller: MessagingClient;
  readonly phone: MessagingClient;
  readonly tablet: MessagingClient;
  readonly callId: string;
}

/** Ann calls Ben, who has two devices. */
async function setScene(on = server): Promise<Scene> {
  const [ann, ben] = freshUsers('Ann', 'Ben');
  const [caller, phone, tablet] = [
    await on.connect(ann),
    await on.connect(ben, { query: { device: 'phone' } }),
    await on.connect(ben, { query: { device: 'tablet' } }),
  ];
  const { callId } = await startCall(caller, ben);
  await toldOf(phone, 'newCall', callId);
  await toldOf(tablet, 'newCall', callId);
  return { ann, ben, caller, phone, tablet, callId };
}

function signals(client: MessagingClient): unknown[] {
  return client.events('signal').map(({ payload }) => payload?.data);
}

const isLast = ({ data }: Record<string, unknown>): boolean => data === 'last';

describe('signal', () => {
  it('reaches all devices of who is called, before it is accepted', async () => {
    const { ann, ben, caller, phone, tablet, callId } = await setScene();
    const data = { type: 'offer', sdp: 'v=0\r\n' };
    expect(await caller.request('signal', { callId, to: ben, data })).toStrictEqual({ callId });

    for (const client of [phone, tablet]) {
      const event = await client.event('signal');
      expect(event).not.toHaveProperty('id');
      expect(event.payload).toStrictEqual({ callId, from: ann, data });
    }
  });

  it('reaches only the device that has accepted, and that of the caller', async () => {
    const { ann, ben, caller, phone, tablet, callId } = await setScene();
    const desk = await server.connect(ann, { query: { device: 'desk' } });
    await phone.request('acceptCall', { callId });
    await caller.request('signal', { callId, to: ben, data: 'last' });
    await phone.request('signal', { callId, to: ann, data: 'last' });
    await phone.event('signal', isLast);
    await caller.event('signal', isLast);
    for (const client of [tablet, desk]) {
      await client.settled();
      expect(signals(client)).toEqual([]);
    }
  });

  it('is passed on byte for byte', async () => {
    const { ben, caller, phone, callId } = await setScene();
    const data = '{"b": 1.0,"a":"\\u00e9\\/", "2":1e2, "1":[ ]}';
    const request = `{"type":"request","id":"raw","payloadType":"signal","payload":{"callId":"${callId}","data":${data},"to":"${ben}"}}`;
    const raw = new Promise<string>((resolve) => {
      phone.socket.on('message', (bytes: Buffer) => {
        if (bytes.includes('"signal"')) resolve(bytes.toString());
      });
    });
    caller.send(request);

    expect(await raw).toContain(`"data":${data}`);
  });

  it('keeps the order in which a client sent them without waiting', async () => {
    const { ben, caller, phone, callId } = await setScene();
    const numbers = Array.from({ length: 100 }, (_, index) => index);
    await Promise.all(numbers.map((data) => caller.request('signal', { callId, to: ben, data })));
    await phone.until(() => (signals(phone).length === 100 ? true : undefined));

    expect(signals(phone)).toEqual(numbers);
  });

  it('waits for who is reconnecting, in order, and newer ones come behind', async () => {
    const { ben, caller, phone, tablet, callId } = await setScene();
    await phone.request('acceptCall', { callId });
    await phone.vanish();
    for (const data of ['first', 'second']) await caller.request('signal', { callId, to: ben, data });
    const back = await server.connect(ben, { query: { device: 'phone' } });
    await caller.request('signal', { callId, to: ben, data: 'last' });
    await back.event('signal', isLast);

    expect(signals(back)).toEqual(['first', 'second', 'last']);
    await tablet.settled();
    expect(signals(tablet)).toEqual([]);
  });

  it('that waits for whoever is called goes to the device that comes first', async () => {
    const { ben, caller, phone, tablet, callId } = await setScene();
    await phone.vanish();
    await tablet.vanish();
    await caller.request('signal', { callId, to: ben, data: 'last' });
    const desk = await server.connect(ben, { query: { device: 'desk' } });

    await desk.event('signal', isLast);
  });

  it('is 429 where too many wait, and those that wait still come', async () => {
    const { ben, caller, phone, callId } = await setScene();
    await phone.request('acceptCall', { callId });
    await phone.vanish();
    for (const data of [1, 2, 3]) await caller.request('signal', { callId, to: ben, data });
    const refused = await caller.ask('signal', { callId, to: ben, data: 4 });
    expect(refused.error).toMatchObject({ code: 429, details: { retryAfterMs: expect.any(Number) as number } });
    const back = await server.connect(ben, { query: { device: 'phone' } });
    await back.event('signal', ({ data }) => data === 3);
    await caller.request('signal', { callId, to: ben, data: 'last' });
    await back.event('signal', isLast);

    expect(signals(back)).toEqual([1, 2, 3, 'last']);
  });

  it('is 409 once the call has ended, and what waited for it is not told', async () => {
    const { ann, ben, caller, phone, tablet, callId } = await setScene();
    await phone.request('acceptCall', { callId });
    await phone.vanish();
    await caller.request('signal', { callId, to: ben, data: 'late' });
    await caller.request('closeCall', { callId });
    expect(await caller.ask('signal', { callId, to: ben, data: 1 })).toMatchObject(failure(409, 'payload.callId'));
    expect(await tablet.ask('signal', { callId, to: ann, data: 1 })).toMatchObject(failure(409, 'payload.callId'));
    const back = await server.connect(ben, { query: { device: 'phone' } });
    await toldOf(back, 'call', callId);
    const again = await startCall(caller, ben);
    await caller.request('signal', { callId: again.callId, to: ben, data: 'last' });
    await back.event('signal', isLast);

    expect(signals(back)).toEqual(['last']);
  });

  it('is 404 for who is not in the call, in either place', async () => {
    const { ann, caller, callId } = await setScene();
    const [eve] = freshUsers('Eve');
    const stranger = await server.connect(eve);
    expect(await stranger.ask('signal', { callId, to: ann, data: 1 })).toMatchObject(failure(404, 'payload.callId'));
    expect(await caller.ask('signal', { callId, to: eve, data: 1 })).toMatchObject(failure(404, 'payload.to'));
    await caller.settled();
    expect(signals(caller)).toEqual([]);
  });

  it('is not kept: who was away longer than it waits gets none', async () => {
    const hasty = await TestServer.start({ CALL_SIGNAL_WAIT_S: '0' });
    const { ben, caller, phone, tablet, callId } = await setScene(hasty);
    await phone.request('acceptCall', { callId });
    await phone.vanish();
    await caller.request('signal', { callId, to: ben, data: 'lost' });
    const back = await hasty.connect(ben, { query: { device: 'phone' } });
    // While it is told what it has missed it counts as away.
    await eventually(async () => {
      await caller.request('signal', { callId, to: ben, data: 'last' });
      await back.settled();
      return signals(back).length > 0 ? true : undefined;
    }, 'a signal');
    expect(new Set(signals(back))).toEqual(new Set(['last']));
    expect(await callRow(hasty.database.url, callId)).toMatchObject({ isOpen: true });
    await tablet.close();
    await hasty.stop();
  });
});

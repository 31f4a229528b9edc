import { payloads } from '../support/broadcasts.js';
import { eventually } from '../support/eventually.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeFrame } from '../support/realtime-client.js';

/** A burst of ten, and so slow to refill that a test is over before. */
const SLOW = { RATE_LIMIT_FRAMES: '5' };

describe('RATE_LIMIT_FRAMES, in the realtime dialect,', () => {
  let server: TestServer;
  let client: RealtimeClient;

  beforeEach(async () => {
    server = await TestServer.start(SLOW);
    client = await server.connectRealtime('Ann');
  });

  afterEach(() => server.stop());

  const send = (id: string, over = client): void => {
    over.send({ type: 'Broadcast', data: { topic: 'news', payload: id }, id });
  };
  const ids = (count: number, prefix = 'b'): string[] =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const refused = (frames: readonly RealtimeFrame[]): RealtimeFrame[] => frames.filter(({ data }) => data.code === 429);

  it('takes a burst of twice as many; what is over is 429 and not processed', async () => {
    await client.subscribe('news');
    for (const id of ids(20)) send(id);
    const answers = await Promise.all(ids(20).map((id) => client.answer(id)));
    const taken = answers.filter(({ type }) => type === 'Ack').map(({ data }) => data.message_id);

    expect(taken.slice(0, 9)).toEqual(ids(9));
    // One more for each fifth of a second that the test took.
    expect(refused(answers).length).toBeGreaterThan(5);
    expect(payloads(client)).toEqual(taken);
    for (const { data } of refused(answers)) {
      const { retryAfterMs } = data.details as { retryAfterMs: number };
      expect(Number.isInteger(retryAfterMs)).toBe(true);
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(200);
    }
  });

  it('takes the frame again when it is repeated later', async () => {
    for (const id of ids(20)) send(id);
    expect(await client.answer('b19')).toMatchObject({ type: 'Error', data: { code: 429 } });
    const answer = await eventually(async () => {
      send('b19');
      const frame = await client.answer('b19');
      return frame.type === 'Ack' ? frame : undefined;
    }, 'the frame to be taken');
    expect(answer.data).toMatchObject({ status: 'delivered' });
  });

  it('does not count Ping and Pong, nor WebSocket pings', async () => {
    for (let count = 0; count < 50; count += 1) {
      client.send({ type: 'Ping', data: { timestamp: count } });
      client.send({ type: 'Pong', data: { timestamp: count } });
      client.socket.ping();
    }
    await client.of('Pong', ({ timestamp }) => timestamp === 49);
    for (const id of ids(10)) send(id);
    const answers = await Promise.all(ids(10).map((id) => client.answer(id)));

    expect(answers.map(({ type }) => type)).toEqual(ids(10).map(() => 'Ack'));
    expect(client.all('Error')).toEqual([]);
    await client.settled();
  });

  it('counts each message of a batch', async () => {
    client.send(ids(30).map((id) => ({ type: 'Broadcast', data: { topic: 'news', payload: id }, id })));
    const answers = await Promise.all(ids(30).map((id) => client.answer(id)));
    expect(answers.slice(0, 10).map(({ type }) => type)).toEqual(ids(10).map(() => 'Ack'));
    expect(refused(answers).length).toBeGreaterThan(10);

    send('after');
    expect(await client.answer('after')).toMatchObject({ data: { code: 429 } });
  });

  it('does not count pings in a batch', async () => {
    client.send(Array.from({ length: 100 }, (_, timestamp) => ({ type: 'Ping', data: { timestamp } })));
    await client.of('Pong', ({ timestamp }) => timestamp === 99);
    for (const id of ids(10)) send(id);
    const answers = await Promise.all(ids(10).map((id) => client.answer(id)));
    expect(refused(answers)).toEqual([]);
  });

  it('counts frames that are refused for something else', async () => {
    for (let count = 0; count < 12; count += 1) client.send({ type: 'Nonsense' });
    for (const id of ids(5)) send(id);
    const answers = await Promise.all(ids(5).map((id) => client.answer(id)));
    expect(refused(answers).length).toBeGreaterThan(0);
  });

  it("is the user's, over all connections and dialects, and nobody else's", async () => {
    const [second, messaging, other] = [
      await server.connectRealtime('Ann'),
      await server.connect('Ann'),
      await server.connectRealtime('Ben'),
    ];
    for (const id of ids(20)) send(id);
    await client.answer('b19');
    send('mine', second);

    expect(await second.answer('mine')).toMatchObject({ data: { code: 429 } });
    expect(await messaging.ask('broadcast', { topic: 'news', payload: 1 })).toMatchObject({
      error: { code: 429, details: { retryAfterMs: expect.any(Number) as number } },
    });
    send('theirs', other);
    expect(await other.answer('theirs')).toMatchObject({ type: 'Ack' });
  });
});

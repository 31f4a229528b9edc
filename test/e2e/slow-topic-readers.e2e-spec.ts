import { freshTopic, payloads } from '../support/broadcasts.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeConnectOptions } from '../support/realtime-client.js';
import { ServerSockets } from '../support/server-sockets.js';
import { newestTopicNumber } from '../support/topic-clock.js';

const MAX_BUFFERED_BYTES = 262_144;
/** With so many bytes to come, the buffers of the system are full long before the end: they take some 4 MiB. */
const COUNT = 400;
const FILLING = 'x'.repeat(50_000);

let server: TestServer;
let sockets: ServerSockets;
let speaker: RealtimeClient;
let topic: string;

/** @param env how much is kept */
function useServer(env: Record<string, string> = {}): void {
  beforeAll(async () => {
    sockets = ServerSockets.watch();
    server = await TestServer.start({ MAX_BUFFERED_BYTES: String(MAX_BUFFERED_BYTES), ...env });
    speaker = await server.connectRealtime('Speaker', { protocols: ['realtime.v1'] });
  });

  beforeEach(() => {
    topic = freshTopic();
  });

  afterAll(async () => {
    sockets.stop();
    await server.stop();
  });
}

const connect = (options: RealtimeConnectOptions = {}, user = 'Reader'): Promise<RealtimeClient> =>
  server.connectRealtime(user, { protocols: ['realtime.v1'], ...options });

async function reading(...topics: readonly string[]): Promise<RealtimeClient> {
  const reader = await connect();
  await reader.subscribe(...topics);
  return reader;
}

/** Broadcasts that many numbers with much beside them. @returns the most bytes that the server ever held for the reader */
async function flood(reader: RealtimeClient, count = COUNT, topics: readonly string[] = [topic]): Promise<number> {
  let most = 0;
  for (let number = 1; number <= count; number += 1) {
    await speaker.broadcast(topics[number % topics.length] ?? '', { number, filling: FILLING });
    most = Math.max(most, sockets.of(reader).writableLength);
  }
  return most;
}

const numberOf = (payload: unknown): unknown => (payload as { number?: unknown }).number ?? payload;
const numbers = (client: RealtimeClient): unknown[] => payloads(client).map(numberOf);
const upTo = (count: number, from = 1): number[] => Array.from({ length: count - from + 1 }, (_, n) => from + n);

const heard = (client: RealtimeClient, number: number): Promise<unknown> =>
  client.of('Broadcast', ({ payload }) => numberOf(payload) === number);

/** A word that the reader is pushed at once: it reads, and has caught up. @returns what came before it */
async function heardUntilNow(reader: RealtimeClient): Promise<unknown[]> {
  await speaker.broadcast(topic, 'the last word');
  await reader.of('Broadcast', ({ payload }) => payload === 'the last word');
  return numbers(reader).slice(0, -1);
}

const gaps = (client: RealtimeClient): unknown[] =>
  client
    .all('Status')
    .filter(({ data }) => data.status === 'gap')
    .map(({ data }) => data.details);

describe('a reader of topics that stops reading', () => {
  useServer();

  it('holds no more than MAX_BUFFERED_BYTES of the server, and goes on from history once it reads again', async () => {
    const reader = await reading(topic);
    reader.socket.pause();
    const most = await flood(reader);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(MAX_BUFFERED_BYTES);
    expect(payloads(reader)).toEqual([]);

    reader.socket.resume();
    await heard(reader, COUNT);
    expect(await heardUntilNow(reader)).toEqual(upTo(COUNT));
    expect(gaps(reader)).toEqual([]);
  });

  it('is counted as a recipient, and keeps nobody else waiting', async () => {
    const [slow, fast] = [await reading(topic), await reading(topic)];
    slow.socket.pause();
    await flood(slow);
    await heard(fast, COUNT);
    expect(numbers(fast)).toEqual(upTo(COUNT));
    expect(numbers(slow)).toEqual([]);
    expect(await speaker.broadcast(topic, 'and more')).toMatchObject({ recipients: 2 });
    slow.socket.resume();
    await slow.of('Broadcast', ({ payload }) => payload === 'and more');
    expect(numbers(slow)).toEqual([...upTo(COUNT), 'and more']);
  });

  it('gets several topics in the order in which they were spoken on, each message once', async () => {
    const reader = await reading(`${topic}.*`, `${topic}.a`, `${topic}.>`);
    reader.socket.pause();
    await flood(reader, COUNT, [`${topic}.a`, `${topic}.b`, 'unheard']);
    reader.socket.resume();
    await speaker.broadcast(`${topic}.b`, 'the last word');
    await reader.of('Broadcast', ({ payload }) => payload === 'the last word');
    expect(numbers(reader).slice(0, -1)).toEqual(upTo(COUNT).filter((number) => number % 3 !== 2));
  });

  it('loses and repeats nothing while others keep talking as it reads on and stops again', async () => {
    const reader = await reading(topic);
    const rounds = 6;
    let said = 0;
    for (let round = 0; round < rounds; round += 1) {
      reader.socket.pause();
      const talk = (async () => {
        for (let count = 0; count < 150; count += 1) {
          said += 1;
          await speaker.broadcast(topic, { number: said, filling: FILLING });
          // In the midst of the talk, and again and again.
          if (count === 75 + round * 10) reader.socket.resume();
        }
      })();
      await talk;
    }
    await heard(reader, said);
    expect(await heardUntilNow(reader)).toEqual(upTo(said));
  });

  it('does without what nobody keeps meanwhile, and gets it again afterwards', async () => {
    const reader = await reading(topic, 'presence.Reader');
    reader.socket.pause();
    await flood(reader);
    await speaker.request('X-Custom', { topic, when: 'meanwhile' });
    await connect().then((other) => other.request('Presence', { status: 'away' }));

    reader.socket.resume();
    await heard(reader, COUNT);
    await heardUntilNow(reader);
    const other = await connect();
    await other.request('Presence', { status: 'busy' });
    await reader.of('Presence', ({ status }) => status === 'busy');
    await speaker.request('X-Custom', { topic, when: 'afterwards' });
    await reader.of('X-Custom', ({ when }) => when === 'afterwards');
    expect(reader.all('X-Custom')).toHaveLength(1);
    expect(reader.all('Presence').map(({ data }) => data.status)).not.toContain('away');
  });

  it('gets direct messages and topics, each in their order', async () => {
    const reader = await reading(topic);
    reader.socket.pause();
    for (let number = 1; number <= COUNT / 2; number += 1) {
      await speaker.broadcast(topic, { number, filling: FILLING });
      await speaker.directMessage('Reader', { number, filling: FILLING });
    }
    expect(sockets.of(reader).writableLength).toBeLessThanOrEqual(MAX_BUFFERED_BYTES);
    reader.socket.resume();
    await heard(reader, COUNT / 2);
    await reader.of('DirectMessage', ({ payload }) => numberOf(payload) === COUNT / 2);
    expect(await heardUntilNow(reader)).toEqual(upTo(COUNT / 2));
    expect(reader.all('DirectMessage').map(({ data }) => numberOf(data.payload))).toEqual(upTo(COUNT / 2));
  });

  it('gets the rest in its session where it goes instead of reading on', async () => {
    const session = { query: { session: 'slow' } };
    const first = await connect(session);
    await first.subscribe(topic);
    await speaker.broadcast(topic, { number: 0 });
    await first.hasConfirmed(await newestTopicNumber(server.database.url));
    first.socket.pause();
    await flood(first);
    await first.vanish();

    const second = await connect(session);
    expect(second.welcome).toMatchObject({ resumed: true });
    await heard(second, COUNT);
    expect(await heardUntilNow(second)).toEqual(upTo(COUNT));
  });

  it('goes on in the messaging dialect too', async () => {
    const reader = await server.connect('Reader', { acks: true });
    await reader.request('subscribe', { topics: [topic] });
    reader.socket.pause();
    let most = 0;
    for (let number = 1; number <= COUNT; number += 1) {
      await speaker.broadcast(topic, { number, filling: FILLING });
      most = Math.max(most, sockets.of(reader).writableLength);
    }
    expect(most).toBeLessThanOrEqual(MAX_BUFFERED_BYTES);
    reader.socket.resume();
    await reader.event('broadcast', ({ payload }) => numberOf(payload) === COUNT);
    expect(payloads(reader).map(numberOf)).toEqual(upTo(COUNT));
  });
});

describe('a slow reader of topics that keep 50 messages', () => {
  const KEPT = 50;
  useServer({ TOPIC_HISTORY_MESSAGES: String(KEPT) });

  it('is told once of the gap, gets what is left in order, and then what is said', async () => {
    const quiet = `${topic}.quiet`;
    const reader = await reading(topic, quiet);
    reader.socket.pause();
    await flood(reader);
    await speaker.broadcast(quiet, 'not lost');
    reader.socket.resume();
    await reader.of('Broadcast', ({ payload }) => payload === 'not lost');
    await heardUntilNow(reader);
    expect(gaps(reader)).toEqual([{ topics: [topic] }]);

    const place = reader.frames.findIndex(({ data }) => data.status === 'gap');
    const before = reader.frames.slice(0, place).filter(({ type }) => type === 'Broadcast').length;
    expect(before).toBeLessThan(COUNT - KEPT);
    expect(numbers(reader)).toEqual([...upTo(before), ...upTo(COUNT, COUNT - KEPT + 1), 'not lost', 'the last word']);
  });
});

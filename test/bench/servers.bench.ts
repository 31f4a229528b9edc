// What several servers cost over one: processor time of each server for one message, one subscriber, one connection.
// Wants a built `dist` and a nats-server. All on one machine: of rates and times only the relations say something.
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { NatsServer } from '../support/nats-server.js';
import { ServerProcess } from '../support/parlance.js';
import { signToken } from '../support/tokens.js';
import { print } from './measure.js';

const PAIRS = 50;
const MESSAGES = 400;
const SUBSCRIBERS = 200;
const BROADCASTS = 500;
const IDLE = 3_000;
/** What is not warm costs twice as much: all is done once before it counts. */
const RUNS = 2;
/** Open before memory is looked at: the first ones bring what all share. */
const FIRST = 1_000;
/** What follows a burst (presence, acks being written) belongs to it, ms. */
const CALM_MS = 1_000;
/** The kernel counts processor time in hundredths of a second. */
const TICK_US = 10_000;

interface Place {
  readonly origin: string;
  readonly child: { readonly pid?: number };
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-bench-'));
  const database = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  const nats = await NatsServer.start();
  try {
    const start = (name: string, env: Record<string, string> = {}) =>
      ServerProcess.start(database.url, { DATA_DIR: folder, SERVER_NAME: name, ...env });
    const alone = await start('alone');
    await measure('one server', [alone]);
    await alone.terminate();
    const first = await start('a', { NATS_URL: nats.url });
    await measure('one server with NATS', [first]);
    const second = await start('b', { NATS_URL: nats.url });
    await measure('two servers, all clients on the first', [first, second], first);
    await measure('two servers, senders on the first and receivers on the second', [first, second]);
    await Promise.all([first.terminate(), second.terminate()]);
  } finally {
    await nats.stop();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param to where receivers are, and where connections are opened; the last, unless it is said */
async function measure(what: string, places: readonly Place[], to = places.at(-1)): Promise<void> {
  const [from] = places;
  if (!from || !to) return;
  const heldKiB = await measureHeld(to);
  for (let run = 1; run <= RUNS; run++) {
    told.length = 0;
    await measureConnect(places, to);
    await measureDirect(places, from, to);
    await measureTopic(places, from, to);
  }
  console.log(`\n${what}`);
  print('resident memory of a connection', `${heldKiB.toFixed(1)} KiB`);
  for (const [name, value] of told) print(name, value);
}

async function measureDirect(places: readonly Place[], from: Place, to: Place): Promise<void> {
  const run = Math.random().toString(36).slice(2);
  const pairs = await Promise.all(
    Array.from({ length: PAIRS }, async (_, index) => {
      const [ann, bob] = [`ann-${run}-${index}`, `bob-${run}-${index}`];
      return { sender: await open(from, 'messaging', ann), receiver: await open(to, 'messaging', bob), bob };
    }),
  );
  const used = await usedBy(places, async () => {
    await Promise.all(pairs.map(({ sender, receiver, bob }) => converse(sender, receiver, bob)));
  });
  tell('direct message, answered, pushed and acked', used, PAIRS * MESSAGES);
  for (const { sender, receiver } of pairs) {
    sender.terminate();
    receiver.terminate();
  }
}

/** Ten under way at a time; ends when all have come and are acked. */
async function converse(sender: WebSocket, receiver: WebSocket, chatId: string): Promise<void> {
  let sent = 0;
  const send = (): void => {
    if (sent === MESSAGES) return;
    sent += 1;
    const payload = { chatId, message: `message ${sent}`, clientMessageId: `m${sent}` };
    sender.send(JSON.stringify({ type: 'request', id: String(sent), payloadType: 'new', payload }));
  };
  let come = 0;
  const all = new Promise<void>((resolve) => {
    receiver.on('message', (data: Buffer) => {
      const { type, id, eventType } = JSON.parse(data.toString()) as { type: string; id?: number; eventType?: string };
      if (type !== 'event' || eventType !== 'new') return;
      receiver.send(`{"type":"ack","id":${id}}`);
      if (++come === MESSAGES) resolve();
    });
  });
  sender.on('message', (data: Buffer) => {
    if (data.includes('"response"')) send();
  });
  for (let count = 0; count < 10; count++) send();
  await all;
}

async function measureTopic(places: readonly Place[], from: Place, to: Place): Promise<void> {
  const topic = `bench.${Math.random().toString(36).slice(2)}`;
  const publisher = await open(from, 'ws', `publisher-${topic}`);
  let handed = 0;
  const subscribers = await Promise.all(
    Array.from({ length: SUBSCRIBERS }, async (_, index) => {
      const socket = await open(to, 'ws', `subscriber-${topic}-${index}`);
      const ready = new Promise<void>((resolve) => {
        socket.on('message', (data: Buffer) => {
          if (data.includes('"Broadcast"')) handed += 1;
          else if (data.includes('"Ack"')) resolve();
        });
      });
      socket.send(JSON.stringify({ type: 'Subscribe', id: '1', data: { topics: [topic] } }));
      await ready;
      return socket;
    }),
  );
  const done: Broadcast[] = [];
  const used = await usedBy(places, async () => {
    for (let count = 0; count < BROADCASTS; count++) done.push(await broadcast(publisher, topic, count));
  });
  tell(`broadcast to ${SUBSCRIBERS}, one at a time`, used, BROADCASTS);
  const latencies = done.map(({ ms }) => ms).sort((a, b) => a - b);
  note('  p50 and p99 until its Ack', `${at(latencies, 0.5)} / ${at(latencies, 0.99)} ms`);
  // A server that is short of processor time answers later than BUS_ANSWER_MS; it delivers all the same.
  note('  counted too few', `${done.filter(({ recipients }) => recipients < SUBSCRIBERS).length}`);
  note('  deliveries', `${handed} of ${SUBSCRIBERS * BROADCASTS}`);
  for (const socket of [publisher, ...subscribers]) socket.terminate();
}

interface Broadcast {
  readonly ms: number;
  readonly recipients: number;
}

function broadcast(publisher: WebSocket, topic: string, count: number): Promise<Broadcast> {
  const start = performance.now();
  return new Promise((resolve) => {
    const hear = (data: Buffer): void => {
      if (!data.includes('"Ack"')) return;
      publisher.off('message', hear);
      const { recipients } = (JSON.parse(data.toString()) as { data: { recipients: number } }).data;
      resolve({ ms: performance.now() - start, recipients });
    };
    publisher.on('message', hear);
    publisher.send(JSON.stringify({ type: 'Broadcast', id: `b${count}`, data: { topic, payload: { count } } }));
  });
}

/** The second time the same users come: the first time they are new, in the database and to everybody who is told of that. */
async function measureConnect(places: readonly Place[], to: Place): Promise<void> {
  const run = Math.random().toString(36).slice(2);
  for (const what of ['connect, new user', 'connect, known user']) {
    let sockets: readonly WebSocket[] = [];
    const used = await usedBy(places, async () => {
      sockets = await openMany(to, `idle-${run}`, IDLE);
      await wait(CALM_MS);
    });
    tell(what, used, IDLE, CALM_MS);
    await Promise.all(sockets.map(closed));
  }
}

/** @returns KiB for each connection */
async function measureHeld(to: Place): Promise<number> {
  const first = await openMany(to, 'first', FIRST);
  await wait(CALM_MS);
  const before = await residentKiB(to);
  const sockets = await openMany(to, 'held', IDLE);
  await wait(CALM_MS);
  const held = (await residentKiB(to)) - before;
  await Promise.all([...first, ...sockets].map(closed));
  return held / IDLE;
}

async function openMany(to: Place, name: string, count: number): Promise<readonly WebSocket[]> {
  const sockets: WebSocket[] = [];
  while (sockets.length < count) {
    const users = Array.from({ length: 100 }, (_, index) => `${name}-${sockets.length + index}`);
    sockets.push(...(await Promise.all(users.map((user) => open(to, 'messaging', user)))));
  }
  return sockets;
}

async function open({ origin }: Place, path: string, sub: string): Promise<WebSocket> {
  const socket = new WebSocket(`${origin}/${path}`, { headers: { authorization: `Bearer ${signToken({ sub })}` } });
  await once(socket, 'open');
  return socket;
}

async function closed(socket: WebSocket): Promise<void> {
  socket.terminate();
  await once(socket, 'close');
}

interface Use {
  readonly seconds: number;
  readonly microseconds: readonly number[];
}

async function usedBy(places: readonly Place[], work: () => Promise<void>): Promise<Use> {
  const before = await Promise.all(places.map(processorTime));
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1_000;
  const after = await Promise.all(places.map(processorTime));
  return { seconds, microseconds: after.map((time, index) => time - (before[index] ?? 0)) };
}

/** Of the last run. */
const told: (readonly [name: string, value: string])[] = [];

function note(name: string, value: string): void {
  told.push([name, value]);
}

/** @param calmMs of the time in which nothing was asked for */
function tell(what: string, { seconds, microseconds }: Use, count: number, calmMs = 0): void {
  note(what, `${Math.round(count / (seconds - calmMs / 1_000))}/s`);
  const each = microseconds.map((time) => (time / count).toFixed(1)).join(' + ');
  note('  Node for each, server by server', `${each} µs`);
}

/** Of the process, µs. */
async function processorTime({ child: { pid } }: Place): Promise<number> {
  const [user, system] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ').slice(11, 13) ?? [];
  return (Number(user) + Number(system)) * TICK_US;
}

async function residentKiB({ child: { pid } }: Place): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}

function at(sorted: readonly number[], part: number): string {
  return (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(1);
}

void main();

import fc from 'fast-check';
import type { World } from '../support/bad-input/payload-plan.js';
import { payloadPlans } from '../support/bad-input/payload-plans.js';
import { Probe } from '../support/bad-input/probe.js';
import { type ConcordWorld, randomConcordFrames } from '../support/bad-input/random-concord-frames.js';
import { recordComplaints } from '../support/bad-input/record-complaints.js';
import { type RandomFrame, randomFrames } from '../support/bad-input/random-frames.js';
import { randomRealtimeFrames } from '../support/bad-input/random-realtime-frames.js';
import { realtimePlans } from '../support/bad-input/realtime-plans.js';
import { RealtimeProbe } from '../support/bad-input/realtime-probe.js';
import { inhabitRealtime, type RealtimeWorld } from '../support/bad-input/realtime-world.js';
import { inhabit } from '../support/bad-input/world.js';
import type { ConcordChat, ConcordClient } from '../support/concord-client.js';
import { freshChannel } from '../support/fresh-channel.js';
import type { Frame } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { signToken } from '../support/tokens.js';

/** How many random frames; a failure prints the seed. */
const RUNS = Number(process.env.PARLANCE_FUZZ_RUNS ?? 300);
const SEED = process.env.PARLANCE_FUZZ_SEED;

/** After so many frames groups have been left and messages deleted, so that little can be done in them. */
const RUNS_PER_WORLD = 25;

/** Stands in the frames for what is another one in each world, so that a seed makes the same frames. */
const PLACEHOLDERS: World = {
  userId: 'User1',
  dialog: 'somebodyElse',
  group: 'g_one___________________',
  otherGroup: 'g_two___________________',
  token: signToken({ sub: 'User1' }),
};

/** The same for realtime. */
const REALTIME_PLACEHOLDERS: RealtimeWorld = {
  dialog: 'somebodyElse',
  directMessage: 'dm_message',
  broadcast: 'broadcast_message',
  group: 'g_one___________________',
  token: signToken({ sub: 'User1' }),
};

/** The same for concord, where names are numbers. */
const CONCORD_PLACEHOLDERS: ConcordWorld = {
  channelId: 700_000_001,
  threadId: 700_000_002,
  chatId: 700_000_003,
  deletedChatId: 700_000_004,
};

/** What can come of a frame. 500 is our fault, and 503 says that we are going or the database is. */
const EXPECTED_CODES = [undefined, 400, 401, 403, 404, 409, 413];

describe('Fuzzing', () => {
  const logged: string[] = [];
  let server: TestServer;
  let probe: Probe;
  let world: World;
  let runs = 0;

  beforeAll(async () => {
    server = await TestServer.start();
    recordComplaints(logged);
    // Another device of the same user, which is told whatever comes of the frames.
    const witness = { acks: true, query: { device: 'witness', ackResponses: 'false' } };
    probe = await Probe.open(server, 'User1', 'User1', witness);
  });

  afterAll(async () => {
    await probe.close();
    await server.stop();
  });

  async function renewWorld(): Promise<void> {
    if (runs % RUNS_PER_WORLD === 0) world = await inhabit(probe.client, `Peer${runs}`);
    runs += 1;
    expect(probe.witness.frames.splice(0).filter(lacksTime)).toEqual([]);
  }

  async function endure({ data, binary }: RandomFrame): Promise<void> {
    const answers = await probe.answersTo(withRealNames(data, PLACEHOLDERS, world), binary);
    const codes = answers.map(({ error }) => error?.code);
    expect(codes.filter((code) => !EXPECTED_CODES.includes(code))).toEqual([]);
    expect(answers.filter(isResponse).length).toBeLessThanOrEqual(1);
    expect(answers.filter(lacksTime)).toEqual([]);
    expect(logged.splice(0)).toEqual([]);
  }

  it(
    'answers the next good request after any frame, stays open and logs no failure',
    async () => {
      const property = fc.asyncProperty(randomFrames(payloadPlans(PLACEHOLDERS)), endure);
      const seed = SEED === undefined ? undefined : Number(SEED);
      await fc.assert(property, { numRuns: RUNS, seed, plugins: [fc.beforeEach(renewWorld)] });
      await probe.witness.settled();
    },
    30_000 + RUNS * 50,
  );
});

describe('Fuzzing in realtime', () => {
  const logged: string[] = [];
  let server: TestServer;
  let probe: RealtimeProbe;
  let world: RealtimeWorld;
  let runs = 0;

  beforeAll(async () => {
    server = await TestServer.start();
    recordComplaints(logged);
    probe = await RealtimeProbe.open(server);
  });

  afterAll(async () => {
    await probe.close();
    await server.stop();
  });

  async function renewWorld(): Promise<void> {
    if (runs % RUNS_PER_WORLD === 0) {
      world = await inhabitRealtime(server, probe.client, `Peer${runs}`);
      // A connection that says nothing and answers no ping is closed.
      await probe.witness.settled();
    }
    runs += 1;
  }

  async function endure({ data, binary }: RandomFrame): Promise<void> {
    const answers = await probe.answersTo(withRealNames(data, REALTIME_PLACEHOLDERS, world), binary);
    const codes = answers.filter(({ type }) => type === 'Error').map((error) => error.data.code);
    expect(codes.filter((code) => !EXPECTED_CODES.includes(code as number))).toEqual([]);
    expect(probe.witness.frames.splice(0).filter(({ type }) => type === 'Error')).toEqual([]);
    expect(logged.splice(0)).toEqual([]);
  }

  it(
    'answers the next good request after any frame, stays open and logs no failure',
    async () => {
      const property = fc.asyncProperty(randomRealtimeFrames(realtimePlans(REALTIME_PLACEHOLDERS)), endure);
      const seed = SEED === undefined ? undefined : Number(SEED);
      await fc.assert(property, { numRuns: RUNS, seed, plugins: [fc.beforeEach(renewWorld)] });
      await probe.witness.settled();
    },
    30_000 + RUNS * 50,
  );
});

describe('Fuzzing in concord', () => {
  const logged: string[] = [];
  let server: TestServer;
  let client: ConcordClient;
  let world: ConcordWorld;
  /** No random frame names it. */
  let marked: number;

  beforeAll(async () => {
    server = await TestServer.start();
    recordComplaints(logged);
    client = await server.connectConcord('User1');
    world = await inhabitConcord(server);
    marked = (await freshChannel(server)).id;
  });

  afterAll(() => server.stop());

  /** Typing is told of within moments of what was said before, and what has an answer is answered by then or soon after. */
  async function endure({ data, binary }: RandomFrame): Promise<void> {
    client.socket.send(withRealNames(data, CONCORD_PLACEHOLDERS, world), { binary });
    client.types(marked);
    await client.of('chat_typing', ({ channelId }) => channelId === marked);
    const codes = client.frames.splice(0).flatMap(({ type, code }) => (type === 'error' ? [code as number] : []));
    expect(codes.filter((code) => !EXPECTED_CODES.includes(code))).toEqual([]);
    expect(logged.splice(0)).toEqual([]);
  }

  it(
    'does the next good thing after any frame, stays open and logs no failure',
    async () => {
      const property = fc.asyncProperty(randomConcordFrames(CONCORD_PLACEHOLDERS), endure);
      const seed = SEED === undefined ? undefined : Number(SEED);
      await fc.assert(property, { numRuns: RUNS, seed });
      await client.writes(world.channelId, 'still here');
    },
    30_000 + RUNS * 50,
  );
});

async function inhabitConcord(server: TestServer): Promise<ConcordWorld> {
  const { id: channelId } = await freshChannel(server);
  const rest = server.rest('User1');
  const write = async (content: string): Promise<number> =>
    (await rest.post<ConcordChat>(`/channels/${channelId}/chats`, { content })).body.id;
  const [chatId, deletedChatId] = [await write('a source'), await write('to be deleted')];
  await rest.delete(`/chats/${deletedChatId}`);
  const thread = await rest.post(`/channels/${channelId}/threads`, { sourceChatId: chatId, name: 'A thread' });
  return { channelId, threadId: thread.body.id as number, chatId, deletedChatId };
}

/** The frame with the names of that world. What is not text has none of them. */
function withRealNames<Names extends object>(data: Buffer, placeholders: Names, world: Names): Buffer {
  const names = Object.keys(placeholders) as (keyof Names)[];
  const named = names.reduce(
    (text, name) => text.replaceAll(String(placeholders[name]), String(world[name])),
    data.toString('latin1'),
  );
  return Buffer.from(named, 'latin1');
}

function isResponse({ type }: Frame): boolean {
  return type === 'response';
}

function lacksTime({ event, timestamp }: Frame): boolean {
  return event !== 'pong' && typeof timestamp !== 'number';
}

import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import type { World } from '../support/bad-input/payload-plan.js';
import { payloadPlans } from '../support/bad-input/payload-plans.js';
import { Probe } from '../support/bad-input/probe.js';
import { type RandomFrame, randomFrames } from '../support/bad-input/random-frames.js';
import { randomRealtimeFrames } from '../support/bad-input/random-realtime-frames.js';
import { realtimePlans } from '../support/bad-input/realtime-plans.js';
import { RealtimeProbe } from '../support/bad-input/realtime-probe.js';
import { inhabitRealtime, type RealtimeWorld } from '../support/bad-input/realtime-world.js';
import { inhabit } from '../support/bad-input/world.js';
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

/** From now on the server's warnings and errors go here. */
function recordComplaints(to: string[]): void {
  const record = (message: unknown): void => {
    to.push(typeof message === 'string' ? message : JSON.stringify(message));
  };
  const ignore = (): void => undefined;
  Logger.overrideLogger({ log: ignore, debug: ignore, verbose: ignore, warn: record, error: record, fatal: record });
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../src/config/config.js';
import { readEnv } from '../../src/config/env.js';
import { readConfig } from '../../src/config/read-config.js';
import type { Extension } from '../../src/extension.js';
import { type RunningServer, startServer } from '../../src/start-server.js';
import { ConcordClient, type ConcordConnectOptions } from './concord-client.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { freePort } from './free-port.js';
import { LeakWatch } from './leaks.js';
import { type ConnectOptions, MessagingClient } from './messaging-client.js';
import { RealtimeClient, type RealtimeConnectOptions } from './realtime-client.js';
import { RestClient } from './rest-client.js';
import { SpreadServer } from './spread-server.js';
import { signToken, TEST_SECRET } from './tokens.js';

/** What was built; `PARLANCE_TEST_DIST` names another folder, for whoever has built somewhere else. */
const MAIN = join(process.env.PARLANCE_TEST_DIST ?? join(__dirname, '..', '..', 'dist'), 'main.js');

/** How many servers a test's server is, where it says nothing else: nobody can tell them from one. */
const SERVERS = Number(process.env.PARLANCE_TEST_SERVERS ?? 1);

/** A server process that does not listen by then is ended: nobody else would. */
const START_MS = 60_000;

type Env = Readonly<Record<string, string>>;
type Route = (databaseUrl: string) => string | Promise<string>;

/** What every test server is told, unless a test says otherwise. */
const ENV: Env = {
  JWT_SECRET: TEST_SECRET,
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'fatal',
  // Tests send faster than people.
  RATE_LIMIT_FRAMES: '100000',
  PRESENCE_GRACE_MS: '0',
};

/** Where a server keeps what it keeps; those of one cluster share it. Whoever makes it removes it. */
export class TestPlace {
  private constructor(
    readonly database: TestDatabase,
    readonly dataDir: string,
  ) {}

  static async make(): Promise<TestPlace> {
    return new TestPlace(await createTestDatabase(), await temporaryDataDir());
  }

  async remove(): Promise<void> {
    await this.database.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** A server in this process, on a database of its own unless it is told of another. */
export class TestServer {
  private readonly clients: (ConcordClient | MessagingClient | RealtimeClient)[] = [];

  private constructor(
    private readonly place: TestPlace,
    private readonly running: RunningServer,
    private readonly leaks: LeakWatch,
    private readonly isPlaceItsOwn: boolean,
  ) {}

  /**
   * @param route the way to the database, where it is not the straight one
   * @param extensions the modules that it has beside its own
   */
  static start(env: Env = {}, route: Route = (url) => url, extensions: readonly Extension[] = []): Promise<TestServer> {
    return TestServer.startOwn(SERVERS, env, route, extensions);
  }

  /** The same, but always one: for tests of what each server has by itself, such as its metrics and its limits. */
  static startAlone(env: Env = {}, route: Route = (url) => url): Promise<TestServer> {
    return TestServer.startOwn(1, env, route, []);
  }

  /** One in a place that others may share; it is left behind when the server stops. */
  static startIn(place: TestPlace, env: Env = {}): Promise<TestServer> {
    return TestServer.launch(place, false, (leaks) =>
      startServer(configIn(place, leaks.named(place.database.url), env)),
    );
  }

  private static async startOwn(
    size: number,
    env: Env,
    route: Route,
    extensions: readonly Extension[],
  ): Promise<TestServer> {
    const place = await TestPlace.make();
    try {
      const url = await route(place.database.url);
      return await TestServer.launch(place, true, (leaks) => {
        const configWith = (more: Env): Config => configIn(place, leaks.named(url), { ...more, ...env });
        return size === 1 ? startServer(configWith({}), extensions) : SpreadServer.start(size, configWith, extensions);
      });
    } catch (error) {
      await place.remove();
      throw error;
    }
  }

  private static async launch(
    place: TestPlace,
    isPlaceItsOwn: boolean,
    start: (leaks: LeakWatch) => Promise<RunningServer>,
  ): Promise<TestServer> {
    const leaks = LeakWatch.begin();
    try {
      return new TestServer(place, await start(leaks), leaks, isPlaceItsOwn);
    } catch (error) {
      leaks.abandon();
      throw error;
    }
  }

  get database(): TestDatabase {
    return this.place.database;
  }

  get origin(): string {
    return `ws://127.0.0.1:${this.running.port}`;
  }

  get httpOrigin(): string {
    return `http://127.0.0.1:${this.running.port}`;
  }

  /** Connects `userId` with a token of its own; closed with the server, if not before. */
  async connect(
    userId: string,
    options: ConnectOptions & { claims?: Record<string, unknown> } = {},
  ): Promise<MessagingClient> {
    const { claims, ...rest } = options;
    const client = await MessagingClient.connect(this.origin, signToken({ sub: userId, ...claims }), rest);
    this.clients.push(client);
    return client;
  }

  /** The same in the realtime dialect. */
  async connectRealtime(
    userId: string,
    options: RealtimeConnectOptions & { claims?: Record<string, unknown> } = {},
  ): Promise<RealtimeClient> {
    const { claims, ...rest } = options;
    const client = await RealtimeClient.connect(this.origin, signToken({ sub: userId, ...claims }), rest);
    this.clients.push(client);
    return client;
  }

  /** The same in the concord dialect. */
  async connectConcord(
    userId: string,
    options: ConcordConnectOptions & { claims?: Record<string, unknown> } = {},
  ): Promise<ConcordClient> {
    const { claims, ...rest } = options;
    const client = await ConcordClient.connect(this.origin, signToken({ sub: userId, ...claims }), rest);
    this.clients.push(client);
    return client;
  }

  /** Asks over REST as `userId`, or as nobody. */
  rest(userId?: string, claims: Record<string, unknown> = {}): RestClient {
    return new RestClient(this.httpOrigin, userId === undefined ? undefined : signToken({ sub: userId, ...claims }));
  }

  /** Ends the server as whoever operates it would; what else there is still wants to be stopped. */
  drain(): Promise<void> {
    return this.running.stop();
  }

  /** Closes all clients, then the server, which must leave nothing behind, then the database. */
  async stop(): Promise<void> {
    for (const client of this.clients) client.socket.terminate();
    await this.running.stop();
    await this.leaks.end(this.database.url);
    if (this.isPlaceItsOwn) await this.place.remove();
  }
}

/** A variable set to nothing is none, as where the environment is read. */
function configIn(place: TestPlace, databaseUrl: string, env: Env): Config {
  return readConfig(readEnv({ ...ENV, DATA_DIR: place.dataDir, ...env, DATABASE_URL: databaseUrl }));
}

/** Whoever makes it removes it. */
export function temporaryDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), '.parlance-data-'));
}

/** A server process of its own, which can be killed. The database is the caller's and outlives it. */
export class ServerProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly origin: string,
    /** All that it has printed, on both ways. */
    readonly output: () => string,
  ) {}

  static async start(databaseUrl: string, env: Env = {}, port?: number): Promise<ServerProcess> {
    const chosen = port ?? (await freePort());
    const child = spawn(process.execPath, [MAIN], {
      // Not where a developer's .env may stand.
      cwd: __dirname,
      env: { PATH: process.env.PATH ?? '', ...ENV, ...env, DATABASE_URL: databaseUrl, PORT: String(chosen) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Its end is told with what it has said, and keeps nothing alive.
    const impatience = setTimeout(() => child.kill('SIGKILL'), START_MS);
    const output = await saysThatItListens(child).finally(() => {
      clearTimeout(impatience);
    });
    return new ServerProcess(child, `ws://127.0.0.1:${chosen}`, output);
  }

  get httpOrigin(): string {
    return this.origin.replace('ws:', 'http:');
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  /** Asks it to drain; resolves with its exit code. */
  async terminate(): Promise<number | null> {
    this.child.kill('SIGTERM');
    const [code] = (await once(this.child, 'exit')) as [number | null];
    return code;
  }
}

/** The greeting is printed once the port is open. @returns what was printed so far, whenever it is asked */
async function saysThatItListens(child: ChildProcess): Promise<() => string> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (data: Buffer): void => {
      said += data.toString();
      if (said.includes('listens on')) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => {
      reject(new Error(`the server ended with ${code} before it listened:\n${said}`));
    });
  });
  return () => said;
}

import { rm } from 'node:fs/promises';
import { type Env, clusterEnv, type EnvOfEach, envOf, present } from './cluster.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { NatsServer } from './nats-server.js';
import { ServerProcess, temporaryDataDir } from './parlance.js';
import { knowsPeers } from './peers.js';
import { TcpProxy } from './tcp-proxy.js';

/** One server of a process cluster: a process, then another in its place. It has ways of its own to NATS and to PostgreSQL. */
export class ClusterServer {
  private process?: ServerProcess;
  private url = '';

  constructor(
    readonly index: number,
    private readonly databaseUrl: string,
    private readonly natsUrl: string,
    private readonly env: Env,
    readonly toDatabase: TcpProxy,
    readonly toNats: TcpProxy,
  ) {}

  /** Where its process listens; where the last one listened while there is none. */
  get origin(): string {
    return this.url;
  }

  get httpOrigin(): string {
    return this.url.replace('ws:', 'http:');
  }

  get running(): ServerProcess {
    if (!this.process) throw new Error(`server ${this.index} was not started`);
    return this.process;
  }

  /** @param port a new one unless it is named */
  async start(port?: number): Promise<void> {
    const env = { ...clusterEnv(this.index, this.toNats.through(this.natsUrl)), ...this.env };
    this.process = await ServerProcess.start(this.toDatabase.through(this.databaseUrl), env, port);
    this.url = this.process.origin;
  }

  /** Like `start`, where the process before it listened. */
  startAgain(): Promise<void> {
    return this.start(Number(new URL(this.url).port));
  }

  async kill(): Promise<void> {
    await this.process?.kill();
  }

  terminate(): Promise<number | null> {
    return this.running.terminate();
  }
}

/** Server processes on one database with a real NATS server between them: what can be killed, replaced and cut off. */
export class ProcessCluster {
  private constructor(
    readonly database: TestDatabase,
    readonly nats: NatsServer,
    readonly servers: readonly ClusterServer[],
    private readonly dataDir: string,
  ) {}

  /** @param env of each, or what it is for the one of that index */
  static async start(size: number, env: EnvOfEach = {}): Promise<ProcessCluster> {
    const database = await createTestDatabase();
    const nats = await NatsServer.start();
    const dataDir = await temporaryDataDir();
    const servers: ClusterServer[] = [];
    const cluster = new ProcessCluster(database, nats, servers, dataDir);
    try {
      for (let index = 0; index < size; index += 1) {
        const [toDatabase, toNats] = [await TcpProxy.start(database.url), await TcpProxy.start(nats.url)];
        const own = { DATA_DIR: dataDir, ...envOf(env, index) };
        servers.push(new ClusterServer(index, database.url, nats.url, own, toDatabase, toNats));
      }
      await Promise.all(servers.map((server) => server.start()));
      await cluster.isWhole();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  server(index: number): ClusterServer {
    return present(this.servers, index);
  }

  /** Waits until each is ready and knows of all others. */
  async isWhole(): Promise<void> {
    for (const { httpOrigin } of this.servers) await knowsPeers(httpOrigin, this.servers.length - 1);
  }

  /** The servers as by a power cut, then what they had between them. */
  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    for (const { toDatabase, toNats } of this.servers) await Promise.all([toDatabase.stop(), toNats.stop()]);
    await this.nats.stop();
    await this.database.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

import { natsDescribe } from './nats-describe.js';
import { NatsServer } from './nats-server.js';
import { TestPlace, TestServer } from './parlance.js';
import { knowsPeers } from './peers.js';
import { TcpProxy } from './tcp-proxy.js';

export type Env = Readonly<Record<string, string>>;

/** Of all servers, or of the one of that index. */
export type EnvOfEach = Env | ((index: number) => Env);

export function envOf(env: EnvOfEach, index: number): Env {
  return typeof env === 'function' ? env(index) : env;
}

/** Of what several servers do together: they need one between them. */
export const clusterDescribe = natsDescribe;

/** What tells the servers of a cluster apart, and lets them find one another. */
export function clusterEnv(index: number, natsUrl: string): Env {
  return { SERVER_NAME: serverName(index), NATS_URL: natsUrl, BUS_BEACON_MS: '200' };
}

/** Servers in this process on one database, with a real NATS server between them. */
export class TestCluster {
  private constructor(
    readonly nats: NatsServer,
    /** Each server's own way to NATS. */
    readonly proxies: readonly TcpProxy[],
    readonly servers: readonly TestServer[],
    private readonly place: TestPlace,
  ) {}

  /** @param env of each, or what it is for the one of that index */
  static async start(size: number, env: EnvOfEach = {}): Promise<TestCluster> {
    const place = await TestPlace.make();
    const nats = await NatsServer.start();
    // Before the servers, which leave nothing behind that was not there before them.
    const proxies = await Promise.all(Array.from({ length: size }, () => TcpProxy.start(nats.url)));
    const servers: TestServer[] = [];
    const cluster = new TestCluster(nats, proxies, servers, place);
    try {
      for (const [index, proxy] of proxies.entries()) {
        const own = { ...clusterEnv(index, proxy.through(nats.url)), ...envOf(env, index) };
        servers.push(await TestServer.startIn(place, own));
      }
      await cluster.isWhole();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** The database that all of them share. */
  get database(): TestPlace['database'] {
    return this.place.database;
  }

  /** The server of that index; throws where there is none, so that a test need not ask. */
  server(index: number): TestServer {
    return present(this.servers, index);
  }

  proxy(index: number): TcpProxy {
    return present(this.proxies, index);
  }

  /** Waits until each is ready and knows of all others. */
  async isWhole(): Promise<void> {
    for (const { httpOrigin } of this.servers) await knowsPeers(httpOrigin, this.servers.length - 1);
  }

  /** In the order of their starts, then what they had between them. */
  async stop(): Promise<void> {
    try {
      for (const server of this.servers) await server.stop();
    } finally {
      await Promise.all(this.proxies.map((proxy) => proxy.stop()));
      await this.nats.stop();
      await this.place.remove();
    }
  }
}

export function serverName(index: number): string {
  return `server-${index}`;
}

export function present<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`there is no ${index} among ${list.length}`);
  return item;
}

import type { Config } from '../../src/config/config.js';
import type { Extension } from '../../src/extension.js';
import { type RunningServer, startServer } from '../../src/start-server.js';
import { NatsServer } from './nats-server.js';
import { knowsPeers } from './peers.js';

type ConfigWith = (env: Readonly<Record<string, string>>) => Config;

/**
 * Several servers in the place of one, with a NATS server between them. Each look at the port is that of the next one, so
 * that one test's connections and requests go to all of them in turn.
 */
export class SpreadServer implements RunningServer {
  readonly embedded = false;
  private readonly servers: RunningServer[] = [];
  private turn = 0;

  private constructor(private readonly nats: NatsServer) {}

  static async start(size: number, configWith: ConfigWith, extensions: readonly Extension[]): Promise<SpreadServer> {
    const nats = await NatsServer.start();
    const spread = new SpreadServer(nats);
    // Peers are known soon, and recipients counted exactly on a busy machine too.
    const config = configWith({ NATS_URL: nats.url, BUS_BEACON_MS: '200', BUS_ANSWER_MS: '2000' });
    try {
      for (let index = 0; index < size; index++) spread.servers.push(await startServer(config, extensions));
      for (const { port } of spread.servers) await knowsPeers(`http://127.0.0.1:${port}`, size - 1);
    } catch (error) {
      await spread.stop();
      throw error;
    }
    return spread;
  }

  get port(): number {
    return this.servers[this.turn++ % this.servers.length]?.port ?? 0;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.nats.stop();
  }
}

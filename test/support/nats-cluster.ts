import { present } from './cluster.js';
import { eventually } from './eventually.js';
import { NatsServer } from './nats-server.js';
import { TcpProxy } from './tcp-proxy.js';

/** A real NATS server among others, and the one way by which those come to it. */
interface Node {
  readonly server: NatsServer;
  readonly name: string;
  readonly clusterUrl: string;
  readonly toRoutes: TcpProxy;
}

/** Real NATS servers with routes between them: what one is told all of them carry. */
export class NatsCluster {
  private constructor(private readonly nodes: readonly Node[]) {}

  static async start(size = 3): Promise<NatsCluster> {
    const cluster = new NatsCluster(await Promise.all(Array.from({ length: size }, (_, index) => nodeOf(index))));
    try {
      for (const index of cluster.nodes.keys()) await cluster.startAgain(index);
      await cluster.isWhole();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Of each node, for clients. */
  get urls(): string[] {
    return this.nodes.map(({ server }) => server.url);
  }

  kill(index: number): Promise<void> {
    return present(this.nodes, index).server.kill();
  }

  /** After `kill`. */
  startAgain(index: number): Promise<void> {
    const { server, name, clusterUrl, toRoutes } = present(this.nodes, index);
    const others = this.nodes.filter((node) => node.name !== name);
    return server.start(`
      server_name: ${name}
      http: "127.0.0.1:-1"
      cluster {
        name: parlance
        listen: "${hostOf(clusterUrl)}"
        advertise: "${hostOf(toRoutes.through(clusterUrl))}"
        routes: [${others.map((node) => `"${node.toRoutes.through(node.clusterUrl)}"`).join(', ')}]
      }`);
  }

  /** Each has only its own clients left. */
  cutRoutes(): void {
    for (const { toRoutes } of this.nodes) toRoutes.cut();
  }

  /** What one tells another is under way for so long, and so is its wish to hear. */
  delayRoutes(ms: number): void {
    for (const { toRoutes } of this.nodes) toRoutes.delay(ms);
  }

  async restoreRoutes(): Promise<void> {
    for (const { toRoutes } of this.nodes) toRoutes.restore();
    await this.isWhole();
  }

  /** Waits until each has a route to all others. */
  async isWhole(): Promise<void> {
    for (const { server, name } of this.nodes) {
      await eventually(async () => {
        const answer = await fetch(new URL('/routez', server.monitoringUrl));
        const { num_routes: routes } = (await answer.json()) as { num_routes: number };
        return routes === this.nodes.length - 1 ? true : undefined;
      }, `the routes of ${name}`);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map(({ server }) => server.stop()));
    await Promise.all(this.nodes.map(({ toRoutes }) => toRoutes.stop()));
  }
}

/** It does not run any more, but has found ports that are free. */
async function nodeOf(index: number): Promise<Node> {
  const server = await NatsServer.start('cluster { name: parlance, listen: "127.0.0.1:-1" }');
  await server.kill();
  const clusterUrl = server.clusterUrl.replace(/^\w+:/, 'nats:');
  return { server, name: `node-${index}`, clusterUrl, toRoutes: await TcpProxy.start(clusterUrl) };
}

function hostOf(url: string): string {
  return new URL(url).host;
}

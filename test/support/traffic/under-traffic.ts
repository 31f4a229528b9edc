import { type EnvOfEach, envOf } from '../cluster.js';
import { ProcessCluster } from '../process-cluster.js';
import { Traffic, TRAFFIC_ENV } from './traffic.js';

/** Three servers, and clients who write to them all the time while something happens to the servers. */
export class UnderTraffic {
  private constructor(
    readonly cluster: ProcessCluster,
    readonly traffic: Traffic,
  ) {}

  static async start(env: EnvOfEach = {}): Promise<UnderTraffic> {
    const told = (index: number) => ({ ...TRAFFIC_ENV, ...envOf(env, index) });
    const cluster = await ProcessCluster.start(3, told);
    try {
      return new UnderTraffic(cluster, await Traffic.start(cluster, Number(told(0).PRESENCE_GRACE_MS)));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    try {
      await this.traffic.stop();
    } finally {
      await this.cluster.stop();
    }
  }
}

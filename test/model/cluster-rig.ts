import { Pool } from 'pg';
import { ProcessCluster } from '../support/process-cluster.js';
import { terminateSessions } from '../support/sessions.js';
import { envOf, type Rig, type RigLimits } from './rig.js';

const SERVERS = 3;

/** Three servers with NATS between them: each connection goes to any of them, and so does each disaster. */
export class ClusterRig implements Rig {
  readonly pool: Pool;
  private disasters = 0;

  private constructor(
    private readonly cluster: ProcessCluster,
    private readonly limits: RigLimits,
  ) {
    this.pool = new Pool({ connectionString: cluster.database.url, application_name: 'parlance tests', max: 4 });
    // Its connections may be cut before they have ended, when the database goes.
    this.pool.on('error', () => undefined);
  }

  static async start(limits: RigLimits): Promise<ClusterRig> {
    return new ClusterRig(await ProcessCluster.start(SERVERS, envOf(limits)), limits);
  }

  get maxUnacked(): number {
    return this.limits.maxUnacked;
  }

  /** Also one that is gone just now: whoever finds nobody there tries another. */
  get origin(): string {
    return this.anyServer.origin;
  }

  get epoch(): number {
    return this.disasters;
  }

  async up(): Promise<void> {
    // The others are.
  }

  /** One of them, as a power cut would, and on again at once. */
  async killAndRestart(): Promise<void> {
    const victim = this.anyServer;
    await this.during(async () => {
      await victim.kill();
      await victim.startAgain();
      await this.cluster.isWhole();
    });
  }

  /** They lose all their connections to the database, several times in a row. */
  async restartDatabase(): Promise<void> {
    await this.during(async () => {
      for (let time = 0; time < 5; time++) await terminateSessions(this.cluster.database.url);
    });
  }

  /** They don't hear one another for a while, and then again. */
  async restartBus(): Promise<void> {
    await this.during(async () => {
      await this.cluster.nats.kill();
      await this.cluster.nats.start();
      await this.cluster.isWhole();
    });
  }

  async stop(): Promise<void> {
    await this.pool.end();
    await this.cluster.stop();
  }

  private get anyServer(): ProcessCluster['servers'][number] {
    return this.cluster.server(Math.floor(Math.random() * SERVERS));
  }

  private async during(disaster: () => Promise<void>): Promise<void> {
    this.disasters += 1;
    await disaster();
    this.disasters += 1;
  }
}

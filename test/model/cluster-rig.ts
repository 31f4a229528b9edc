import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'pg';
import { eventually } from '../support/eventually.js';
import { ProcessCluster } from '../support/process-cluster.js';
import { RestClient } from '../support/rest-client.js';
import { terminateSessions } from '../support/sessions.js';
import { signToken } from '../support/tokens.js';
import { envOf, type Rig, type RigLimits } from './rig.js';

const SERVERS = 3;
const ABSENCES_WRITTEN_MS = 600;

/** Three servers with NATS between them: each connection goes to any of them, and so does each disaster. */
export class ClusterRig implements Rig {
  readonly pool: Pool;
  private disasters = 0;
  private isOver = false;

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
    // Of three, the others are.
    if (this.isOver) throw new Error('the play is over');
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

  async channelsKnown(ids: readonly number[]): Promise<void> {
    const asked = this.cluster.servers.map(({ httpOrigin }) => new RestClient(httpOrigin, signToken({ sub: 'model' })));
    const isKnown = async (server: RestClient): Promise<true | undefined> => {
      const { body } = await server.get<{ id: number }[]>('/channels');
      return ids.every((id) => body.some((channel) => channel.id === id)) ? true : undefined;
    };
    await Promise.all(asked.map((server) => eventually(() => isKnown(server), 'the channels to be known')));
  }

  /** Each server collects them for 200 ms by itself, from when it has noticed that a connection is gone. */
  async absencesWritten(userId: string, dialect: string): Promise<void> {
    const token = signToken({ sub: 'model', roles: ['admin'] });
    const connections = `/connections?user=${userId}&dialect=${dialect}`;
    const hasNoticed = async (server: RestClient): Promise<true | undefined> => {
      const { body } = await server.get<{ items?: readonly unknown[] }>(connections);
      return body.items?.length === 0 ? true : undefined;
    };
    // Each for itself: what it has is in its own answer without fail.
    const asked = this.cluster.servers.map(({ httpOrigin }) => new RestClient(httpOrigin, token, '/admin'));
    await Promise.all(
      asked.map((server) => eventually(() => hasNoticed(server).catch(() => undefined), `${userId} to be gone`)),
    );
    await wait(ABSENCES_WRITTEN_MS);
  }

  async stop(): Promise<void> {
    this.isOver = true;
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

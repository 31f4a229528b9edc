import { Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ServerProcess } from '../support/parlance.js';
import { terminateSessions } from '../support/sessions.js';
import { envOf, type Rig, type RigLimits } from './rig.js';

/** A server process on a database of its own, which is killed while many plays go on at once. */
export class ServerRig implements Rig {
  readonly pool: Pool;
  private starting: Promise<ServerProcess>;
  private disasters = 0;
  private isOver = false;

  private constructor(
    private readonly database: TestDatabase,
    private readonly server: ServerProcess,
    private readonly limits: RigLimits,
  ) {
    this.pool = new Pool({ connectionString: database.url, application_name: 'parlance tests', max: 4 });
    // Its connections may be cut before they have ended, when the database goes.
    this.pool.on('error', () => undefined);
    this.starting = Promise.resolve(server);
  }

  static async start(limits: RigLimits): Promise<ServerRig> {
    const database = await createTestDatabase();
    return new ServerRig(database, await ServerProcess.start(database.url, envOf(limits)), limits);
  }

  get maxUnacked(): number {
    return this.limits.maxUnacked;
  }

  get origin(): string {
    return this.server.origin;
  }

  get epoch(): number {
    return this.disasters;
  }

  async up(): Promise<void> {
    await this.starting;
    if (this.isOver) throw new Error('the play is over');
  }

  /** As a power cut would, and on again at once: on the same port and the same database. */
  async killAndRestart(): Promise<void> {
    this.disasters += 1;
    this.starting = this.starting.then(async (server) => {
      await server.kill();
      return ServerProcess.start(this.database.url, envOf(this.limits), Number(new URL(this.origin).port));
    });
    await this.starting;
    this.disasters += 1;
  }

  /** The server stays, and loses all its connections to the database, several times in a row. */
  async restartDatabase(): Promise<void> {
    this.disasters += 1;
    for (let time = 0; time < 5; time++) await terminateSessions(this.database.url);
    this.disasters += 1;
  }

  async channelsKnown(): Promise<void> {
    // It has made them.
  }

  async absencesWritten(): Promise<void> {
    // It writes them all at once.
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await (await this.starting).kill();
    await this.pool.end();
    await this.database.drop();
  }
}

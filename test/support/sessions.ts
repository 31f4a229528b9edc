import { Client } from 'pg';
import { onServer } from './database.js';
import { eventually } from './eventually.js';

const SESSIONS = `from pg_stat_activity where datname = current_database() and application_name = 'parlance'`;

/** Resolves once one of the servers' sessions waits for a lock: what it was asked to do has begun and not happened. */
export async function blocked(databaseUrl: string): Promise<void> {
  await onServer(databaseUrl, (client) =>
    eventually(async () => {
      const { rowCount } = await client.query(`select ${SESSIONS} and wait_event_type = 'Lock'`);
      return rowCount === 0 ? undefined : true;
    }, 'a session that waits for a lock'),
  );
}

/** Ends all sessions of servers, as a restart of the database does. Resolves when they are gone. */
export async function terminateSessions(databaseUrl: string): Promise<void> {
  await onServer(databaseUrl, (client) => client.query(`select pg_terminate_backend(pid, 10000) ${SESSIONS}`));
}

/** A transaction of the test's own, in the way of the servers'. */
export class Obstacle {
  private constructor(private readonly client: Client) {}

  /** @param sql what takes the locks */
  static async raise(databaseUrl: string, sql: string): Promise<Obstacle> {
    const client = new Client({ connectionString: databaseUrl, application_name: 'parlance tests' });
    await client.connect();
    await client.query('begin');
    await client.query(sql);
    return new Obstacle(client);
  }

  /** Takes it out of the way, without a trace. */
  async remove(): Promise<void> {
    await this.client.query('rollback');
    await this.client.end();
  }
}

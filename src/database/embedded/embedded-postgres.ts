import { createServer } from 'node:net';
import { Client, escapeIdentifier } from 'pg';
import { locateBinaries, prepareBinaries } from './binaries.js';
import { ensureCluster, readPassword, ROLE } from './cluster.js';
import { type ClusterHome, openClusterHome } from './cluster-home.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { claimFolder } from './owner-lock.js';
import { ServerControl } from './server-control.js';
import { type ServerSettings, writeServerSettings } from './server-settings.js';

export interface EmbeddedPostgresOptions {
  /** Absolute, or relative to the working directory; made if missing. The database goes into `postgres` in it. */
  readonly dataDir: string;
  /** `parlance` where not given; made if missing. */
  readonly database?: string;
  /** More lines for postgresql.conf, by name. */
  readonly settings?: ServerSettings;
}

export interface EmbeddedPostgres {
  /** `postgresql://…` of the database, with the password: not for logs. */
  readonly url: string;
  /** Closes what connections there are, stops the server and frees the folder. May be called again. */
  stop(): Promise<void>;
}

/** Another program may take the port between choosing and listening, or a dying starter's server may still come up. */
const START_ATTEMPTS = 3;

/**
 * Starts a real PostgreSQL on 127.0.0.1, on a free port, over the data in `dataDir`, and owns both until `stop`. What an owner
 * that was killed left running is stopped first; what it had committed is there.
 *
 * @throws EmbeddedPostgresError with nothing left running
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, database = 'parlance', settings = {} } = options;
  // First, so that where PostgreSQL was left out nobody is told to mend a folder.
  const packageFolder = locateBinaries();
  const home = await openClusterHome(dataDir);
  const lock = claimFolder(home.path);
  try {
    const binaries = await prepareBinaries(home.account, home.path, packageFolder);
    await ensureCluster(home, binaries, settings.fsync !== 'off');
    const server = new ServerControl(home, binaries);
    try {
      const port = await startServer(server, home, settings);
      const url = await ensureDatabase(home, port, database);
      return { url, stop: once(() => server.stop().finally(lock.release)) };
    } catch (error) {
      await server.stop();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Stops what an earlier owner left running, starts anew and returns the port. */
async function startServer(server: ServerControl, home: ClusterHome, settings: ServerSettings): Promise<number> {
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
    await server.stop();
    const port = await freePort();
    await writeServerSettings(home.path, port, settings);
    if (await server.start()) return port;
  }
  throw new EmbeddedPostgresError(
    'server-failed',
    `PostgreSQL does not start in ${home.path}:\n${await server.complaint()}`,
  );
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

async function ensureDatabase(home: ClusterHome, port: number, database: string): Promise<string> {
  const address = `postgresql://${ROLE}:${await readPassword(home.path)}@127.0.0.1:${port}/`;
  const client = new Client({ connectionString: `${address}postgres` });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
  return address + encodeURIComponent(database);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('a TCP server has no port'));
      });
    });
  });
}

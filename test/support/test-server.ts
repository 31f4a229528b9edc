import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { EmbeddedPostgresError } from '../../src/database/embedded/embedded-postgres-error.js';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { isAbandoned } from '../../src/database/embedded/owner-lock.js';
import { runMigrations } from '../../src/database/run-migrations.js';
import { databaseUrl, onServer, templateName, testDatabasePrefix } from './database.js';

const FOLDER = 'parlance-test-';

/** The PostgreSQL of one jest run. */
export interface TestServer {
  readonly url: string;
  /** Part of the names of all databases of this run. */
  readonly run: string;
  close(): Promise<void>;
}

/** Takes the server at `url`, or starts one of its own, and puts the migrated template on it. */
export async function openTestServer(url: string | undefined): Promise<TestServer> {
  const run = randomBytes(4).toString('hex');
  const server = url === undefined ? await startOwnServer() : { url, close: async () => dropDatabases(url, run) };
  try {
    await createTemplate(server.url, run);
  } catch (error) {
    await server.close();
    throw error;
  }
  return { ...server, run };
}

async function startOwnServer(): Promise<Omit<TestServer, 'run'>> {
  await removeAbandonedServers();
  const folder = newTestFolder();
  const server = await startEmbeddedPostgres({
    dataDir: folder,
    database: 'postgres',
    // Tests kill processes of ours, never the machine, so that nothing has to reach the disk.
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '300', max_wal_size: '4GB' },
  });
  return {
    url: server.url,
    close: async () => {
      await server.stop();
      removeTestFolder(folder);
    },
  };
}

/** A temporary folder that PostgreSQL's account may enter, also where the tests run as root. */
export function newTestFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), FOLDER));
  chmodSync(folder, 0o755);
  return folder;
}

/** Also what the launcher put elsewhere because PostgreSQL's account cannot enter the folder. */
export function removeTestFolder(folder: string): void {
  const home = join(folder, 'postgres');
  if (existsSync(home)) rmSync(realpathSync(home), { recursive: true, force: true, maxRetries: 5 });
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** A run that was interrupted (Ctrl-C skips jest's global teardown) leaves its server running. */
async function removeAbandonedServers(): Promise<void> {
  const place = realpathSync(tmpdir());
  for (const name of readdirSync(place).filter((entry) => entry.startsWith(FOLDER))) {
    const folder = join(place, name);
    const home = join(folder, 'postgres');
    if (statSync(home, { throwIfNoEntry: false })?.uid !== process.getuid?.() || !isAbandoned(home)) continue;
    await stopAbandonedServer(folder);
    removeTestFolder(folder);
  }
}

async function stopAbandonedServer(folder: string): Promise<void> {
  try {
    // Starting it is what stops the one left behind.
    const server = await startEmbeddedPostgres({ dataDir: folder, settings: { fsync: 'off' } });
    await server.stop();
  } catch (error) {
    // Whatever is wrong with it, it goes away with its folder.
    if (!(error instanceof EmbeddedPostgresError)) throw error;
  }
}

async function createTemplate(serverUrl: string, run: string): Promise<void> {
  const template = templateName(run);
  await onServer(serverUrl, (client) => client.query(`create database ${escapeIdentifier(template)}`));
  await runMigrations(databaseUrl(serverUrl, template));
  await onServer(serverUrl, (client) =>
    client.query(`alter database ${escapeIdentifier(template)} with allow_connections false`),
  );
}

async function dropDatabases(serverUrl: string, run: string): Promise<void> {
  await onServer(serverUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'select datname from pg_database where datname = $1 or starts_with(datname, $2)',
      [templateName(run), testDatabasePrefix(run)],
    );
    for (const { datname } of rows) await client.query(`drop database ${escapeIdentifier(datname)} with (force)`);
  });
}

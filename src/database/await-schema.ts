import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { migrationNames } from './data-source.js';
import { isDatabaseAway, isUnknownTable } from './database-errors.js';
import { moduleMigrationNames } from './migrate-modules.js';
import type { ModuleSchema } from './module-schema.js';

/** How often the database is asked, ms. */
const POLL_MS = 500;

const CONNECT_MS = 5_000;

/**
 * Waits until the database at `url` has had all migrations that this code and the modules know. It may have had more: of code that
 * is newer, beside which this one goes on.
 *
 * @param tell is told what is waited for, once and whenever that changes
 */
export async function awaitSchema(
  url: string,
  modules: readonly ModuleSchema[],
  tell: (obstacle: string) => void | Promise<void>,
): Promise<void> {
  let told: string | undefined;
  for (;;) {
    const obstacle = await obstacleAt(url, modules);
    if (obstacle === undefined) return;
    if (obstacle !== told) await tell(obstacle);
    told = obstacle;
    await wait(POLL_MS);
  }
}

async function obstacleAt(url: string, modules: readonly ModuleSchema[]): Promise<string | undefined> {
  const needed = [...migrationNames(), ...modules.flatMap(moduleMigrationNames)];
  try {
    const done = await doneAt(url);
    const missing = needed.filter((name) => !done.has(name));
    return missing.length === 0 ? undefined : `the schema lacks ${missing.join(', ')}`;
  } catch (error) {
    if (isDatabaseAway(error)) return 'the database is away';
    throw error;
  }
}

/** A connection each time: none is held for what may take hours. */
async function doneAt(url: string): Promise<ReadonlySet<string>> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS, query_timeout: CONNECT_MS });
  // What breaks the connection fails the statement too, or comes after it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ name: string }>('select name from migrations');
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    if (isUnknownTable(error)) return new Set();
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

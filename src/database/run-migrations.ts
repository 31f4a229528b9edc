import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source.js';
import { isLockedOut } from './database-errors.js';
import { migrateModules } from './migrate-modules.js';
import type { ModuleSchema } from './module-schema.js';
import { SchemaLockedError } from './schema-locked-error.js';

/** One lock for all servers of one database, so that two that start at once don't migrate side by side. */
const MIGRATION_LOCK = 7_031_970;

/** How often it is asked for, ms. Whoever waited for it in the database would hold up what builds an index beside the traffic. */
const LOCK_POLL_MS = 200;

/**
 * How long a migration may wait for a table that a transaction holds, ms. All that comes after it waits behind it, so this is a
 * pause in the traffic, and must be shorter than what servers give a statement.
 */
const LOCK_TIMEOUT_MS = 1_000;

/** Between two such pauses, ms, what has piled up gets its turn. */
const RETRY_MS = 2_000;

const PATIENCE_MS = 300_000;

export interface MigrationOptions {
  /** Is told what is waited for. */
  readonly say?: (text: string) => void;
  /** How long a table that somebody holds is tried again and again, ms. */
  readonly patienceMs?: number;
}

/**
 * Brings the database at `url` to the newest schema, then what modules have in it. Safe to run from several servers at once, and
 * while others serve.
 *
 * @throws ModuleSchemaError what a module brings does not fit the database
 * @throws SchemaLockedError a transaction has kept a table to itself all the time; what was done until then stays
 */
export async function runMigrations(
  url: string,
  modules: readonly ModuleSchema[] = [],
  { say = () => undefined, patienceMs = PATIENCE_MS }: MigrationOptions = {},
): Promise<void> {
  const dataSource = createDataSource({ url, poolSize: 2, lockTimeoutMs: LOCK_TIMEOUT_MS });
  await dataSource.initialize();
  try {
    await whileLocked(dataSource, say, () => migrate(dataSource, modules, { say, patienceMs }));
  } finally {
    await dataSource.destroy();
  }
}

/** Those that have run are noted: every try goes on with the one that could not. */
async function migrate(
  dataSource: DataSource,
  modules: readonly ModuleSchema[],
  { say, patienceMs }: Required<MigrationOptions>,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      await dataSource.runMigrations();
      await migrateModules(dataSource, modules);
      return;
    } catch (error) {
      if (!isLockedOut(error) && !(error instanceof Error && isLockedOut(error.cause))) throw error;
      if (performance.now() >= deadline) throw new SchemaLockedError(patienceMs, { cause: error });
      say('a migration waits for a table that a transaction holds; it is tried again');
      await wait(RETRY_MS);
    }
  }
}

async function whileLocked(
  dataSource: DataSource,
  say: (text: string) => void,
  work: () => Promise<void>,
): Promise<void> {
  const lock = dataSource.createQueryRunner();
  try {
    let isTold = false;
    while (!(await isOurs('pg_try_advisory_lock'))) {
      if (!isTold) say('the schema is being brought up to date by somebody else; this one waits');
      isTold = true;
      await wait(LOCK_POLL_MS);
    }
    try {
      await work();
    } finally {
      await isOurs('pg_advisory_unlock');
    }
  } finally {
    await lock.release();
  }

  async function isOurs(call: 'pg_try_advisory_lock' | 'pg_advisory_unlock'): Promise<boolean> {
    const [row] = (await lock.query(`select ${call}($1) as ok`, [MIGRATION_LOCK])) as { readonly ok: boolean }[];
    return row?.ok === true;
  }
}

import { createDataSource } from './data-source.js';
import { migrateModules } from './migrate-modules.js';
import type { ModuleSchema } from './module-schema.js';

/** One lock for all servers of one database, so that two that start at once don't migrate side by side. */
const MIGRATION_LOCK = 7_031_970;

/**
 * Brings the database at `url` to the newest schema, then what modules have in it. Safe to run from several servers at once.
 *
 * @throws ModuleSchemaError what a module brings does not fit the database
 */
export async function runMigrations(url: string, modules: readonly ModuleSchema[] = []): Promise<void> {
  const dataSource = createDataSource({ url, poolSize: 2 });
  await dataSource.initialize();
  try {
    const lock = dataSource.createQueryRunner();
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    try {
      await dataSource.runMigrations();
      await migrateModules(dataSource, modules);
    } finally {
      await lock.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      await lock.release();
    }
  } finally {
    await dataSource.destroy();
  }
}

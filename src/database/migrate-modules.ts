import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { errorText } from '../domain/error-text.js';
import { type ModuleSchema, ModuleSchemaError } from './module-schema.js';

const NAME = /^[a-z][a-z0-9-]{0,62}$/;

const DONE = `select name from migrations where starts_with(name, $1) order by id`;
const NOTE = 'insert into migrations (timestamp, name) values ($1, $2)';

/**
 * Runs what is new of the modules' migrations, module by module. They are noted where the server's own are, as `polls/CreatePolls`.
 * Where a newer version of a module has run more than are listed here, nothing is left to do.
 *
 * @throws ModuleSchemaError two modules of one name, one whose migrations are not those that this database has had, or a migration that fails
 */
export async function migrateModules(dataSource: DataSource, modules: readonly ModuleSchema[]): Promise<void> {
  requireNames(modules);
  const runner = dataSource.createQueryRunner();
  try {
    for (const module of modules) await migrate(runner, module);
  } finally {
    await runner.release();
  }
}

/** What the database notes of each of a module's migrations. */
export function moduleMigrationNames({ name, migrations = [] }: ModuleSchema): readonly string[] {
  return migrations.map((Migration) => notedAs(name, new Migration()));
}

function notedAs(module: string, migration: MigrationInterface): string {
  return `${module}/${migration.name ?? migration.constructor.name}`;
}

async function migrate(runner: QueryRunner, { name, migrations = [] }: ModuleSchema): Promise<void> {
  const known = migrations.map((Migration) => new Migration());
  const names = known.map((migration) => notedAs(name, migration));
  const done = (await runner.query(DONE, [`${name}/`])) as { readonly name: string }[];
  requireAll(name, names, done);
  for (const [index, migration] of known.entries()) {
    if (index >= done.length) await run(runner, migration, names[index] ?? '');
  }
}

async function run(runner: QueryRunner, migration: MigrationInterface, name: string): Promise<void> {
  await runner.startTransaction();
  try {
    await migration.up(runner);
    await runner.query(NOTE, [Date.now(), name]);
    await runner.commitTransaction();
  } catch (error) {
    await rollBack(runner);
    throw new ModuleSchemaError(`The migration ${name} failed: ${errorText(error)}`, { cause: error });
  }
}

/** Not where the migration has ended the transaction itself. Where the connection is lost the database does it, and the first error says more. */
async function rollBack(runner: QueryRunner): Promise<void> {
  if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
}

/**
 * What was run once stays in its place: with another before it two databases of one version would differ. More may have been run
 * than are listed: the version that listed them was here, or is beside this one in a rolling deploy.
 */
function requireAll(module: string, names: readonly string[], done: readonly { readonly name: string }[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ModuleSchemaError(`The module "${module}" has two migrations ${twice}.`);
  const strange = done.findIndex(({ name }, index) => names[index] !== undefined && names[index] !== name);
  if (strange < 0) return;
  throw new ModuleSchemaError(
    `The module "${module}" does not fit this database: it has run the migration ${done[strange]?.name}, ` +
      `where the module lists ${names[strange]}.\n` +
      'Migrations stay as they are, in their order; new ones are added at the end.',
  );
}

function requireNames(modules: readonly ModuleSchema[]): void {
  const names = modules.map(({ name }) => name);
  const bad = names.find((name) => !NAME.test(name));
  if (bad !== undefined) {
    throw new ModuleSchemaError(`A module is named "${bad}": names are small letters, digits and dashes.`);
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ModuleSchemaError(`Two modules are named "${twice}".`);
}

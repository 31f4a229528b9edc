import { existsSync } from 'node:fs';
import type { Config } from '../config/config.js';
import { readConfig } from '../config/read-config.js';
import { startEmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { runMigrations } from '../database/run-migrations.js';
import type { Extension } from '../extension.js';
import * as extensions from '../extensions.js';
import { failureText, schemaFailure } from '../start-failure.js';

/** Brings the schema up to date, that of the modules too, while servers serve or before they start. */
async function migrate({ database }: Config): Promise<void> {
  const embedded = database.url === undefined ? await startEmbeddedPostgres({ dataDir: database.dataDir }) : undefined;
  try {
    await runMigrations(embedded?.url ?? database.url ?? '', Object.values<Extension>(extensions), { say });
  } catch (error) {
    throw schemaFailure(error);
  } finally {
    await embedded?.stop();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile();
  await migrate(readConfig());
  say('the schema is up to date');
}

main().catch((error: unknown) => {
  process.stderr.write(`${failureText(error)}\n`);
  process.exitCode = 1;
});

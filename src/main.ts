import 'reflect-metadata';
import { existsSync } from 'node:fs';
import type { Config } from './config/config.js';
import { InvalidConfig } from './config/invalid-config.js';
import { readConfig } from './config/read-config.js';
import { EmbeddedPostgresError } from './database/embedded/embedded-postgres-error.js';
import { type RunningServer, startServer } from './start-server.js';

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = readConfig();
  const server = await startServer(config);
  stopOnSignals(server);
  if (config.server.development) greet(config, server);
}

/** The first signal drains; a second one ends it at once. */
function stopOnSignals(server: RunningServer): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    server.stop().then(() => process.exit(0), fail);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
}

function greet({ database }: Config, { port, embedded }: RunningServer): void {
  const store = embedded ? `its own PostgreSQL in ${database.dataDir}` : 'the PostgreSQL of DATABASE_URL';
  process.stdout.write(`Parlance listens on http://localhost:${port}, with ${store}.

  A token:         npm run token -- User1
  A conversation:  npx wscat -c "ws://localhost:${port}/messaging?token=$(npm run --silent token -- User1)"
  A full cycle:    npm run demo

`);
}

/** What an operator can mend is told in plain words, everything else with its stack. */
function fail(error: unknown): never {
  const plain = error instanceof InvalidConfig || error instanceof EmbeddedPostgresError;
  process.stderr.write(
    `${plain ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
}

main().catch(fail);

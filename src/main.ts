import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import type { Config } from './config/config.js';
import { InvalidConfig } from './config/invalid-config.js';
import { readConfig } from './config/read-config.js';
import { EmbeddedPostgresError } from './database/embedded/embedded-postgres-error.js';
import type { Extension } from './extension.js';
import * as extensions from './extensions.js';
import { StartFailure } from './start-failure.js';
import { type RunningServer, startServer } from './start-server.js';

/** Errors whose messages are for whoever started the server. */
const PLAIN = [InvalidConfig, EmbeddedPostgresError, StartFailure];

/** How much longer than the drain stopping may take, ms: a database that does not answer is not waited for. */
const STOP_MS = 10_000;

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = readConfig();
  const server = await startServer(config, Object.values<Extension>(extensions));
  stopOnSignals(server, config.drain.delayMs + config.drain.durationMs + STOP_MS);
  if (config.server.development) greet(config, server);
  else new Logger('Parlance').log(`listening on port ${server.port}`);
}

/** The first signal drains; a second one, or the deadline, ends it at once. */
function stopOnSignals(server: RunningServer, deadlineMs: number): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => {
      process.stderr.write(`The server did not stop within ${deadlineMs} ms.\n`);
      process.exit(1);
    }, deadlineMs);
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
  const plain = PLAIN.some((kind) => error instanceof kind);
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${plain ? message : stack}\n`);
  process.exit(1);
}

main().catch(fail);

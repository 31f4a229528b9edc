import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import type { Config } from './config/config.js';
import { readConfig } from './config/read-config.js';
import type { Extension } from './extension.js';
import * as extensions from './extensions.js';
import { failureText } from './start-failure.js';
import { type RunningServer, startServer } from './start-server.js';

/** How much longer than the drain stopping may take, ms: a database that does not answer is not waited for. */
const STOP_MS = 10_000;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = readConfig();
  const stopEnding = endOnSignals();
  const server = await startServer(config, Object.values<Extension>(extensions));
  stopEnding();
  stopOnSignals(server, config.drain.delayMs + config.drain.durationMs + STOP_MS);
  if (config.server.development) greet(config, server);
  else new Logger('Parlance').log(`listening on port ${server.port}`);
}

/** Until it runs there is nothing to drain. Said expressly, as the first process of a container is ended by no signal by itself. */
function endOnSignals(): () => void {
  const end = (): void => process.exit(1);
  for (const signal of SIGNALS) process.on(signal, end);
  return () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
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
  for (const signal of SIGNALS) process.on(signal, stop);
}

function greet({ database, server: { tls } }: Config, { port, embedded }: RunningServer): void {
  const store = embedded ? `its own PostgreSQL in ${database.dataDir}` : 'the PostgreSQL of DATABASE_URL';
  const s = tls ? 's' : '';
  process.stdout.write(`Parlance listens on http${s}://localhost:${port}, with ${store}.

  A token:         npm run token -- User1
  A conversation:  npx wscat -c "ws${s}://localhost:${port}/messaging?token=$(npm run --silent token -- User1)"
  A full cycle:    npm run demo

`);
}

function fail(error: unknown): never {
  process.stderr.write(`${failureText(error)}\n`);
  process.exit(1);
}

main().catch(fail);

// First, because it is what makes the other imports resolve.
import './typescript-hook.cjs';
import { RUN_NAME, SERVER_URL } from './database.js';
import { openTestServer, type TestServer } from './test-server.js';

let server: TestServer | undefined;

/** Before all tests: a real PostgreSQL (DATABASE_URL, or one of our own) with the migrated template on it. */
export default async function globalSetup(): Promise<void> {
  try {
    server = await openTestServer(process.env.DATABASE_URL);
  } catch (error) {
    const where = process.env.DATABASE_URL === undefined ? 'of their own' : 'at DATABASE_URL';
    throw new Error(`The tests cannot prepare the PostgreSQL server ${where}: ${reasonOf(error)}`, { cause: error });
  }
  process.env[SERVER_URL] = server.url;
  process.env[RUN_NAME] = server.run;
}

/** The server that this run prepared; global-teardown closes it, in the same process. */
export function preparedServer(): TestServer | undefined {
  return server;
}

function reasonOf(error: unknown): string {
  // Connecting to a name with several addresses fails with one error for each and no message of its own.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

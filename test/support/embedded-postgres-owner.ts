// A process that owns an embedded PostgreSQL until its standard input ends, or until it is killed. Prints the database's
// address when it has one, or ends with the launcher's message.
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';

async function own(dataDir: string): Promise<void> {
  const { url, stop } = await startEmbeddedPostgres({ dataDir });
  process.stdin.resume().once('end', () => void stop());
  process.stdout.write(`${url}\n`);
}

const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('usage: embedded-postgres-owner.ts <data directory>');
own(dataDir).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});

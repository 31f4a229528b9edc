import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Binaries } from './binaries.js';
import { type ClusterHome, dataFolderOf } from './cluster-home.js';
import { EmbeddedPostgresError, systemErrorCode } from './embedded-postgres-error.js';
import { type Account, runAs } from './run-as.js';

/** The one role of the embedded server; it owns everything. */
export const ROLE = 'parlance';

const DRAFT = 'data.new-';

/** Creates the database's files where there are none yet. A creation that was interrupted leaves nothing that counts. */
export async function ensureCluster(home: ClusterHome, binaries: Binaries, durable: boolean): Promise<void> {
  await removeInterruptedDrafts(home.path);
  const data = dataFolderOf(home.path);
  if (existsSync(data)) {
    await refuseOtherMajorVersion(data, binaries.majorVersion);
    return;
  }

  const draft = await mkdtemp(join(home.path, DRAFT));
  await giveTo(home.account, draft);
  await writePassword(home);
  await initialise(home, binaries, draft, durable);
  await rename(draft, data);
}

/** The password of the role, made with the cluster and kept beside it in a file that only the account may read. */
export async function readPassword(home: string): Promise<string> {
  try {
    return await readFile(passwordFile(home), 'utf8');
  } catch (error) {
    throw new EmbeddedPostgresError(
      'data-unusable',
      `The database's password cannot be read from ${passwordFile(home)} (${systemErrorCode(error) ?? 'unknown error'}). ` +
        `It was made together with the database and cannot be made again: bring the file back.`,
      { cause: error },
    );
  }
}

async function initialise(home: ClusterHome, binaries: Binaries, draft: string, durable: boolean): Promise<void> {
  const { exitCode, spawnError, stderr } = await runAs(home.account, binaries.initdb, [
    ...['-D', draft, '-U', ROLE, '--auth=scram-sha-256', `--pwfile=${passwordFile(home.path)}`],
    // The same order of text on every system, whatever locales it has.
    ...['-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...(durable ? [] : ['--no-sync']),
  ]);
  if (exitCode === 0) return;
  await rm(draft, { recursive: true, force: true });
  throw new EmbeddedPostgresError(
    'server-failed',
    `PostgreSQL could not create its database in ${home.path}: ${stderr.trim() || (spawnError ?? 'it was interrupted')}`,
  );
}

async function writePassword(home: ClusterHome): Promise<void> {
  const path = passwordFile(home.path);
  await rm(path, { force: true });
  await writeFile(path, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  await giveTo(home.account, path);
}

function passwordFile(home: string): string {
  return join(home, 'password');
}

async function giveTo({ uid, gid }: Account, path: string): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}

/** An initdb whose starter was killed may still be writing: its folder is then left to the next start. */
async function removeInterruptedDrafts(home: string): Promise<void> {
  const drafts = (await readdir(home)).filter((entry) => entry.startsWith(DRAFT));
  await Promise.allSettled(drafts.map((draft) => rm(join(home, draft), { recursive: true })));
}

async function refuseOtherMajorVersion(data: string, expected: string): Promise<void> {
  const actual = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  if (actual === expected) return;
  throw new EmbeddedPostgresError(
    'data-unusable',
    `${data} was made by PostgreSQL ${actual} and the embedded one is ${expected}, which cannot read it. ` +
      `Bring the data over with pg_dump and pg_restore, or set DATA_DIR to a new folder.`,
  );
}

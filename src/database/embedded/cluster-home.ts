import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, lstatSync, mkdirSync, realpathSync, rmdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EmbeddedPostgresError, systemErrorCode } from './embedded-postgres-error.js';
import { type Account, canEnter, chooseAccount } from './run-as.js';

/** The folder that holds all of one embedded PostgreSQL, and the account that it runs as. */
export interface ClusterHome {
  readonly path: string;
  readonly account: Account;
}

/** Where a database goes when its server cannot enter DATA_DIR; kept across reboots, unlike /tmp. */
const PLACE_FOR_ALL_USERS = '/var/lib/parlance';

/** What the system's codes mean for a folder that we want to make or write to. */
const UNUSABLE: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'it is a file',
};

/**
 * Finds or makes the home of `dataDir`: the folder `postgres` in it. Where the account cannot enter `dataDir` (root's home,
 * a closed project folder), `postgres` is a link to a folder under /var/lib/parlance.
 */
export async function openClusterHome(dataDir: string): Promise<ClusterHome> {
  const base = resolve(dataDir);
  refuseShellCharacters(base);
  return inPlainWords(base, async () => {
    mkdirSync(base, { recursive: true });
    const entry = join(base, 'postgres');
    const home = existingHome(entry);
    if (home !== undefined) return home;

    const account = chooseAccount(undefined);
    if (await canEnter(account, base)) makeFolder(entry);
    else placeElsewhere(entry, account);
    return existingHome(entry) ?? { path: entry, account };
  });
}

/** Where the database itself is, within a home. */
export function dataFolderOf(home: string): string {
  return join(home, 'data');
}

function existingHome(entry: string): ClusterHome | undefined {
  const path = realPath(entry);
  if (path === undefined) return undefined;
  accessSync(path, constants.W_OK);
  const data = dataFolderOf(path);
  return { path, account: chooseAccount(realPath(data)) };
}

function realPath(entry: string): string | undefined {
  const found = lstatSync(entry, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  try {
    return realpathSync(entry);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    throw new EmbeddedPostgresError(
      'data-unusable',
      `${entry} is a link to the database's folder, and that folder is gone. ` +
        `Bring it back, or delete the link to begin with an empty database.`,
    );
  }
}

function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  // The account must be able to enter whatever the umask is; what is secret in here has its own mode.
  chmodSync(path, 0o755);
}

function placeElsewhere(entry: string, account: Account): void {
  const place = join(PLACE_FOR_ALL_USERS, randomBytes(6).toString('hex'));
  try {
    makeFolder(PLACE_FOR_ALL_USERS);
    makeFolder(place);
  } catch (error) {
    throw new EmbeddedPostgresError(
      'data-unusable',
      `PostgreSQL runs as user ${account.name} here, who cannot enter ${entry}, and ${PLACE_FOR_ALL_USERS} cannot be ` +
        `created. Set DATA_DIR to a folder that every user may enter.`,
      { cause: error },
    );
  }
  try {
    symlinkSync(place, entry);
  } catch (error) {
    rmdirSync(place);
    // Another server came first: its place is the place.
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}

/** pg_ctl hands paths to a shell between double quotes. */
function refuseShellCharacters(path: string): void {
  if (!/["$`\\\n]/.test(path)) return;
  throw new EmbeddedPostgresError('data-unusable', `DATA_DIR may not contain any of " $ \` \\ and line ends: ${path}`);
}

async function inPlainWords<T>(base: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (!(code in UNUSABLE)) throw error;
    throw new EmbeddedPostgresError(
      'data-unusable',
      `The data directory ${base} cannot be used: ${UNUSABLE[code] ?? code}. ` +
        `Set DATA_DIR to a folder that this user may write to.`,
      { cause: error },
    );
  }
}

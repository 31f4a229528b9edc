import { execFileSync, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** Whom PostgreSQL's programs run as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface Outcome {
  /** The exit code; nothing when the program could not be started or was killed. */
  readonly exitCode: number | undefined;
  /** Why the program could not be started: `ENOENT`, `EACCES`, `EPERM`, … */
  readonly spawnError: string | undefined;
  readonly stderr: string;
}

/** Accounts that every system has or that PostgreSQL's own packages make, the better one first. */
const UNPRIVILEGED = ['postgres', 'nobody'];

/**
 * The account for the cluster in `dataFolder`, which may not be there yet: one's own, but for root, whom PostgreSQL refuses,
 * the owner of the data or else an unprivileged account.
 */
export function chooseAccount(dataFolder: string | undefined): Account {
  const owner = dataFolder === undefined ? undefined : statSync(dataFolder);
  if (process.getuid?.() !== 0) return ownAccount(dataFolder, owner?.uid);
  if (owner === undefined) return unprivilegedAccount();
  if (owner.uid !== 0) return { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  throw new EmbeddedPostgresError(
    'data-unusable',
    `The database in ${dataFolder ?? ''} belongs to root, and PostgreSQL refuses to run as root. ` +
      `Give it to another account: chown -R ${unprivilegedAccount().name} '${dataFolder ?? ''}'`,
  );
}

/** Runs a program to its end as the account, with a small fixed environment: PG* variables of the caller would change what it does. */
export async function runAs(account: Account, program: string, args: readonly string[]): Promise<Outcome> {
  return execute(account, program, args, 'pipe');
}

/**
 * The same without its output. For programs that leave a daemon behind: it would hold the pipe and the caller would never
 * see the end.
 */
export async function runSilentlyAs(account: Account, program: string, args: readonly string[]): Promise<Outcome> {
  return execute(account, program, args, 'ignore');
}

/** Whether the account may enter the folder. Asked by trying: mode bits know nothing of ACLs and mounts. */
export async function canEnter(account: Account, folder: string): Promise<boolean> {
  const { exitCode } = await runAs(account, '/bin/sh', ['-c', 'cd -- "$0"', folder]);
  return exitCode === 0;
}

function execute(
  account: Account,
  program: string,
  args: readonly string[],
  stderr: 'pipe' | 'ignore',
): Promise<Outcome> {
  const { uid, gid } = account;
  const switchTo = process.getuid?.() === 0 ? { uid, gid } : {};
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...switchTo,
      // The caller's folder may be one that the account cannot read.
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'ignore', stderr],
    });
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.once('error', (error: NodeJS.ErrnoException) => {
      resolve({ exitCode: undefined, spawnError: error.code ?? error.message, stderr: complaint });
    });
    child.once('close', (exitCode) => {
      resolve({ exitCode: exitCode ?? undefined, spawnError: undefined, stderr: complaint });
    });
  });
}

function ownAccount(dataFolder: string | undefined, ownerUid: number | undefined): Account {
  const { uid, gid, username } = currentUser();
  if (ownerUid === undefined || ownerUid === uid) return { name: username, uid, gid };
  throw new EmbeddedPostgresError(
    'data-unusable',
    `The database in ${dataFolder ?? ''} belongs to another user (uid ${ownerUid}; this is ${username}, uid ${uid}). ` +
      `Start as that user or as root, or set DATA_DIR to a folder of your own.`,
  );
}

function currentUser(): { readonly uid: number; readonly gid: number; readonly username: string } {
  try {
    return userInfo();
  } catch (error) {
    throw new EmbeddedPostgresError(
      'no-account',
      `The user id ${process.getuid?.() ?? ''} has no entry in /etc/passwd, which PostgreSQL needs to create a database. ` +
        `Run as a user that has one, or set DATABASE_URL to a PostgreSQL server.`,
      { cause: error },
    );
  }
}

function unprivilegedAccount(): Account {
  for (const name of UNPRIVILEGED) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== undefined && gid !== undefined) return { name, uid, gid };
  }
  throw new EmbeddedPostgresError(
    'no-account',
    `PostgreSQL refuses to run as root, and this system has no user ${UNPRIVILEGED.join(' or ')} to run it as. ` +
      `Start as an ordinary user, or set DATABASE_URL to a PostgreSQL server.`,
  );
}

function idOf(kind: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [kind, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    // id answers "no such user" with an exit code.
    return undefined;
  }
}

import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgresError, systemErrorCode } from './embedded-postgres-error.js';
import { processStart } from './process-identity.js';

interface Owner {
  readonly pid: number;
  readonly start: string;
}

/** A claim on a folder; `release` gives it up. A process that dies gives up its claims by dying. */
export interface OwnerLock {
  readonly release: () => void;
}

/**
 * Claims the folder for this process, or throws `in-use` with the pid of the live process that holds it.
 *
 * Claims are numbered files and the greatest number counts. A claim after a dead owner's is made by creating the next
 * number, which only one process can, and is void if by then a greater one stands. Numbers never go back (a released claim
 * stays as an empty file), so that of any number of processes that start at once exactly one gets the folder: a single lock
 * file that is deleted when stale would let one of them delete the fresh lock of another.
 *
 * It sees the processes of this machine or container only; a folder shared between containers is not protected.
 */
export function claimFolder(folder: string): OwnerLock {
  for (;;) {
    const newest = newestClaim(folder);
    const owner = newest === 0 ? 'none' : readOwner(claimPath(folder, newest));
    if (owner === 'replaced') continue;
    if (owner !== 'none' && processStart(owner.pid) === owner.start) throw inUse(folder, owner.pid);

    const mine = newest + 1;
    if (!createClaim(folder, mine)) continue;
    if (newestClaim(folder) !== mine) {
      rmSync(claimPath(folder, mine), { force: true });
      continue;
    }
    for (const older of claims(folder)) if (older < mine) rmSync(claimPath(folder, older), { force: true });
    return {
      release: () => {
        truncateSync(claimPath(folder, mine));
      },
    };
  }
}

/** Whether the folder's last owner died without giving it up, and may have left a server running. */
export function isAbandoned(folder: string): boolean {
  const newest = newestClaim(folder);
  const owner = newest === 0 ? 'none' : readOwner(claimPath(folder, newest));
  return typeof owner === 'object' && processStart(owner.pid) !== owner.start;
}

function createClaim(folder: string, claim: number): boolean {
  const draft = join(folder, `.claim-${randomBytes(6).toString('hex')}`);
  const self: Owner = { pid: process.pid, start: processStart(process.pid) ?? '' };
  writeFileSync(draft, JSON.stringify(self), { flag: 'wx' });
  try {
    // A link appears with its content, or not at all if the name is taken.
    linkSync(draft, claimPath(folder, claim));
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

function readOwner(path: string): Owner | 'none' | 'replaced' {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'replaced';
    throw error;
  }
  return text === '' ? 'none' : (JSON.parse(text) as Owner);
}

function claims(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const claim = /^owner-(\d+)\.lock$/.exec(name)?.[1];
    return claim === undefined ? [] : [Number(claim)];
  });
}

function newestClaim(folder: string): number {
  return Math.max(0, ...claims(folder));
}

function claimPath(folder: string, claim: number): string {
  return join(folder, `owner-${claim}.lock`);
}

function inUse(folder: string, pid: number): EmbeddedPostgresError {
  const who = pid === process.pid ? `This process (pid ${pid})` : `Another server (pid ${pid})`;
  return new EmbeddedPostgresError(
    'in-use',
    `${who} already uses the embedded database in ${folder}. Stop it first, or give this server another DATA_DIR.`,
  );
}

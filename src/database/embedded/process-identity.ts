import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Account, runAs } from './run-as.js';

/**
 * When the process began, as an opaque text that no other process with the same pid will ever have; nothing when no such
 * process runs. A killed process whose parent has not collected it yet counts as gone.
 */
export function processStart(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxStart(pid) : posixStart(pid);
}

/** Whether the process, if it runs at all, is surely not PostgreSQL working in the folder; `account` is the folder's owner. */
export async function isStranger(pid: number, folder: string, account: Account): Promise<boolean> {
  if (process.platform !== 'linux') return ps(pid, 'command=')?.includes('postgres') === false;
  if (processStart(pid) === undefined) return false;
  // By the working directory, which follows a folder that was moved. The account may look at its own processes, root in a
  // container not at those of others.
  const { exitCode } = await runAs(account, '/bin/sh', ['-c', '[ "/proc/$0/cwd" -ef "$1" ]', String(pid), folder]);
  return exitCode !== 0;
}

function linuxStart(pid: number): string | undefined {
  // proc(5): the second field is the program's name in parentheses and may itself hold both; what follows is regular.
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  const startTicks = fields?.[19];
  if (state === undefined || startTicks === undefined || state === 'Z' || state === 'X') return undefined;
  // Ticks count from the boot, so that two boots may repeat them.
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return `${boot}:${startTicks}`;
}

function posixStart(pid: number): string | undefined {
  const state = ps(pid, 'state=');
  return state === undefined || state.startsWith('Z') ? undefined : ps(pid, 'lstart=');
}

function ps(pid: number, column: string): string | undefined {
  try {
    const line = execFileSync('ps', ['-ww', '-o', column, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return line.trim() || undefined;
  } catch {
    // ps answers "no such process" with an exit code.
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // A process that ended has no files any more.
    return undefined;
  }
}

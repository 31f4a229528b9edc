import { existsSync } from 'node:fs';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Binaries } from './binaries.js';
import { type ClusterHome, dataFolderOf } from './cluster-home.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { isStranger } from './process-identity.js';
import { runAs, runSilentlyAs } from './run-as.js';

/** Replaying the log after a crash takes as long as it takes; this is only against waiting for ever. */
const START_TIMEOUT_S = 300;
/** A clean stop writes a checkpoint; one that takes longer is cut short, and the next start replays the log. */
const CLEAN_STOP_TIMEOUT_S = 60;
const IMMEDIATE_STOP_TIMEOUT_S = 30;

/** Starts and stops the PostgreSQL of one home, through pg_ctl. */
export class ServerControl {
  constructor(
    private readonly home: ClusterHome,
    private readonly binaries: Binaries,
  ) {}

  /** Starts the server with the settings in the home and waits until it takes connections. False: see `complaint`. */
  async start(): Promise<boolean> {
    await this.beginLog();
    // The settings are in the home and name the data's folder.
    return this.pgCtl('start', '-D', this.home.path, '-w', '-t', String(START_TIMEOUT_S), '-l', this.logFile);
  }

  /** Stops the server, whoever started it. Does nothing where none is running. */
  async stop(): Promise<void> {
    await this.forgetStrangers();
    if (!(await this.isRunning())) return;
    if (await this.pgCtl('stop', '-D', this.data, '-w', '-m', 'fast', '-t', String(CLEAN_STOP_TIMEOUT_S))) return;
    await this.pgCtl('stop', '-D', this.data, '-w', '-m', 'immediate', '-t', String(IMMEDIATE_STOP_TIMEOUT_S));
    if (!(await this.isRunning())) return;
    throw new EmbeddedPostgresError('server-failed', `The PostgreSQL in ${this.home.path} does not stop.`);
  }

  /** Why the last start failed, in the server's own words. */
  async complaint(): Promise<string> {
    const log = existsSync(this.logFile) ? (await readFile(this.logFile, 'utf8')).trim() : '';
    if (log !== '') return log.split('\n').slice(-5).join('\n');
    // pg_ctl reads the settings before there is a log, and gives up where they are wrong.
    const trial = await runAs(this.home.account, this.binaries.postgres, [
      '-D',
      this.home.path,
      '-C',
      'data_directory',
    ]);
    return trial.stderr.trim();
  }

  /**
   * After a crash of the machine or of a container the pid in the server's pid file may be another program's by now.
   * Both pg_ctl and PostgreSQL would take that for a running server, and `stop` would send it a signal.
   */
  private async forgetStrangers(): Promise<void> {
    const pidFile = join(this.data, 'postmaster.pid');
    if (!existsSync(pidFile)) return;
    const pid = Number.parseInt(await readFile(pidFile, 'utf8'), 10);
    if (pid > 0 && (await isStranger(pid, this.data, this.home.account))) await rm(pidFile, { force: true });
  }

  /** The log of this start; the one before is kept, so that the two together stay small. */
  private async beginLog(): Promise<void> {
    if (existsSync(this.logFile)) await rename(this.logFile, `${this.logFile}.1`);
    await writeFile(this.logFile, '', { mode: 0o600 });
    if (process.getuid?.() === 0) await chown(this.logFile, this.home.account.uid, this.home.account.gid);
  }

  private isRunning(): Promise<boolean> {
    return this.pgCtl('status', '-D', this.data);
  }

  private get data(): string {
    return dataFolderOf(this.home.path);
  }

  private get logFile(): string {
    return join(this.home.path, 'server.log');
  }

  private async pgCtl(...args: readonly string[]): Promise<boolean> {
    const { exitCode } = await runSilentlyAs(this.home.account, this.binaries.pgCtl, args);
    return exitCode === 0;
  }
}

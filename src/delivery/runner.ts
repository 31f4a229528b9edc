import { Backoff } from './backoff.js';

/**
 * Runs a job whenever there is something to do: one run at a time, however often it is asked for within a tick
 * or during a run, and again after a while when it has failed.
 */
export class Runner {
  private running?: Promise<void>;
  private isWantedAgain = false;
  private isStopped = false;
  private scheduled?: NodeJS.Immediate;
  private retry?: NodeJS.Timeout;
  private readonly backoff = new Backoff();

  /** @param onFailed `isFirst` after a success: the failures that follow are the same trouble */
  constructor(
    private readonly job: () => Promise<void>,
    private readonly onFailed: (error: unknown, isFirst: boolean) => void,
  ) {}

  /** Begins the first run, at once. */
  start(): void {
    this.running = this.run().then(() => {
      this.running = undefined;
      this.runAgain();
    });
  }

  soon(): void {
    if (this.running) this.isWantedAgain = true;
    if (this.running || this.isStopped || this.scheduled || this.retry) return;
    this.scheduled = setImmediate(() => {
      this.scheduled = undefined;
      this.start();
    });
  }

  /** Runs no more, but for a run that was asked for already. @returns resolves when that has ended */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.retry);
    if (this.scheduled) {
      clearImmediate(this.scheduled);
      this.scheduled = undefined;
      this.start();
    }
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      await this.job();
      this.backoff.reset();
    } catch (error) {
      this.runLater(error);
    }
  }

  private runAgain(): void {
    if (!this.isWantedAgain) return;
    this.isWantedAgain = false;
    this.soon();
  }

  private runLater(error: unknown): void {
    if (this.isStopped) return;
    this.onFailed(error, !this.backoff.hasFailed);
    this.retry = setTimeout(() => {
      this.retry = undefined;
      this.start();
    }, this.backoff.next());
  }
}

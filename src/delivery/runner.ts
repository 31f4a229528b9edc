import { Backoff } from './backoff.js';

/**
 * Runs a job whenever there is something to do: one run at a time, however often it is asked for within a tick
 * or during a run, and again after a while when it has failed.
 */
export class Runner {
  private isRunning = false;
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

  soon(): void {
    if (this.isRunning) this.isWantedAgain = true;
    if (this.isRunning || this.isStopped || this.scheduled || this.retry) return;
    this.scheduled = setImmediate(() => {
      this.scheduled = undefined;
      void this.run();
    });
  }

  /** A run that is under way ends by itself. */
  stop(): void {
    this.isStopped = true;
    clearImmediate(this.scheduled);
    clearTimeout(this.retry);
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    try {
      await this.job();
      this.backoff.reset();
    } catch (error) {
      this.runLater(error);
    }
    this.isRunning = false;
    this.runAgain();
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
      void this.run();
    }, this.backoff.next());
  }
}

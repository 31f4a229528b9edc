/** A job that is done again and again, one run at a time, with a pause between two. A run that fails is followed by the next. */
export class Repeated {
  private timer?: NodeJS.Timeout;
  private running?: Promise<void>;
  private isStopped = false;
  private hasFailed = false;

  /** @param onFailed `isFirst` after a success: the failures that follow are the same trouble */
  constructor(
    private readonly job: () => Promise<void>,
    private readonly pauseMs: number,
    private readonly onFailed: (error: unknown, isFirst: boolean) => void,
  ) {}

  /** The first run is at once. */
  start(): void {
    this.running = this.run();
  }

  /** @returns resolves when the run that is under way has ended; there is no other */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      await this.job();
      this.hasFailed = false;
    } catch (error) {
      // What the end of the server breaks off is no failure.
      if (!this.isStopped) this.onFailed(error, !this.hasFailed);
      this.hasFailed = true;
    }
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.start();
    }, this.pauseMs);
  }
}

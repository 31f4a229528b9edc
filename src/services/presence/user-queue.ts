import { Logger } from '@nestjs/common';

/** Users of one batch. */
const MAX_BATCH = 2_000;

/** So long after a failure it is tried again: the database was away. */
const RETRY_MS = 1_000;

/** Users for whom something is to be done, however many: one batch at a time, and again where it failed. */
export class UserQueue {
  private readonly logger = new Logger(UserQueue.name);
  private readonly waiting = new Set<string>();
  private running?: Promise<void>;
  private timer?: NodeJS.Timeout;
  private isClosed = false;

  /** @param work twice does what once does @param failure what is logged where it failed */
  constructor(
    private readonly work: (userIds: readonly string[]) => Promise<void>,
    private readonly failure = 'presence was not told',
  ) {}

  add(userIds: Iterable<string>): void {
    for (const userId of userIds) this.waiting.add(userId);
    if (!this.timer) this.start();
  }

  /** They have failed just now. */
  addLate(userIds: Iterable<string>): void {
    for (const userId of userIds) this.waiting.add(userId);
    this.rest();
  }

  /** Nothing new is begun. Resolves when what was begun has ended. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private start(): void {
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
  }

  private async run(): Promise<void> {
    // What is added within this turn goes together.
    await Promise.resolve();
    while (this.waiting.size > 0 && !this.timer && !this.isClosed) {
      const batch = this.take();
      try {
        await this.work(batch);
      } catch (error) {
        this.logger.warn({ msg: this.failure, error: String(error) });
        this.addLate(batch);
      }
    }
  }

  private take(): readonly string[] {
    const batch: string[] = [];
    for (const userId of this.waiting) {
      if (batch.push(userId) === MAX_BATCH) break;
    }
    for (const userId of batch) this.waiting.delete(userId);
    return batch;
  }

  private rest(): void {
    if (this.isClosed) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.start();
    }, RETRY_MS);
  }
}

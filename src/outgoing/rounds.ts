/** Work that is done again and again, one round after the other, for as long as a round finds something to do. */
export class Rounds {
  private running?: Promise<void>;
  private isWanted = false;
  private isStopped = false;

  /**
   * @param round @returns whether there may be more
   * @param onError the round will be tried again when somebody wants it
   */
  constructor(
    private readonly round: () => Promise<boolean>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** There may be something to do. */
  want(): void {
    if (this.isStopped) return;
    this.isWanted = true;
    this.running ??= this.run();
  }

  /** Resolves when the round that is under way has ended; there will be no other. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    // What wants it often wants it many times in one tick.
    await Promise.resolve();
    while (this.isWanted && !this.isStopped) {
      this.isWanted = false;
      try {
        if (await this.round()) this.isWanted = true;
      } catch (error) {
        this.onError(error);
      }
    }
    this.running = undefined;
  }
}

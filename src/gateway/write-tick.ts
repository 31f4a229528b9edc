import { FrameJoin } from './frame-join.js';

/** Somebody who has gathered something to write in this tick. */
export interface TickWriter {
  endTick(): void;
}

/**
 * Ends the tick for all connections at once: after the reads of this turn of the event loop, after the answers that
 * they led to and the pushes of a commit, and before the process waits again. So nothing waits for time to pass.
 */
export class WriteTick {
  readonly join = new FrameJoin();
  private writers: TickWriter[] = [];

  schedule(writer: TickWriter): void {
    if (this.writers.push(writer) === 1) setImmediate(this.end);
  }

  private readonly end = (): void => {
    const { writers } = this;
    this.writers = [];
    for (const writer of writers) writer.endTick();
    this.join.forget();
  };
}

import type { LabelledCounter } from '../../domain/metrics.js';

/**
 * Why something of others may not have come: this server was away, another was, or has died; pieces are missing, or a beacon is; or NATS
 * has learned late what this server wants to hear.
 */
export type Interruption = 'away' | 'peer_away' | 'peer_gone' | 'piece' | 'beacon' | 'late';

export interface InterruptionsOptions {
  /** How long one tells for others: after a restart of NATS every server returns, one after the other. */
  readonly togetherMs: number;
  /** For so long what a server that has died had under way may still come into the database. */
  readonly statementTimeoutMs: number;
}

/** The first of several interruptions is told at once, and those behind it together: reading everything again is not cheap. */
export class NatsInterruptions {
  private readonly afterDeaths = new Set<NodeJS.Timeout>();
  private together?: NodeJS.Timeout;
  private hasMore = false;
  private isAway = false;

  constructor(
    private readonly options: InterruptionsOptions,
    private readonly counter: LabelledCounter,
    private readonly tell: () => void,
  ) {}

  add(reason: Interruption): void {
    this.counter.of(reason).add();
    // Of that is told on the return, and before it would be taken for the return.
    if (this.isAway) return;
    if (this.together) this.hasMore = true;
    else this.tellAtOnce();
  }

  /** At once, and again when nothing of the dead one's can come any more. */
  addDeath(): void {
    this.add('peer_gone');
    const timer = setTimeout(() => {
      this.afterDeaths.delete(timer);
      this.add('peer_gone');
    }, this.options.statementTimeoutMs);
    this.afterDeaths.add(timer.unref());
  }

  leave(): void {
    this.isAway = true;
    clearTimeout(this.together);
    this.together = undefined;
  }

  return(): void {
    this.isAway = false;
    this.add('away');
  }

  stop(): void {
    clearTimeout(this.together);
    for (const timer of this.afterDeaths) clearTimeout(timer);
  }

  private tellAtOnce(): void {
    this.hasMore = false;
    this.together = setTimeout(() => {
      this.together = undefined;
      if (this.hasMore) this.tellAtOnce();
    }, this.options.togetherMs).unref();
    this.tell();
  }
}

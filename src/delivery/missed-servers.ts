import type { Clock } from '../domain/clock.js';

/** For so long after it was last known to be alive, ms, a silent server is asked in the database whether it is. */
const DOUBT_MS = 10_000;

/**
 * Servers that have fallen silent without a word, and may be alive all the same: where NATS is several servers, what lies between two of
 * them may be cut, while all of ours are connected.
 */
export class MissedServers {
  /** Of each when it was known to be alive, ms since the epoch. */
  private readonly aliveAt = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Those that are not given up. */
  get ids(): string[] {
    const since = this.clock.now() - DOUBT_MS;
    for (const [server, aliveAt] of this.aliveAt) if (aliveAt < since) this.aliveAt.delete(server);
    return [...this.aliveAt.keys()];
  }

  miss(server: string): void {
    this.aliveAt.set(server, this.clock.now());
  }

  hear(server: string): void {
    this.aliveAt.delete(server);
  }

  /** Nobody could be asked: all have their time again. */
  restart(): void {
    for (const server of this.aliveAt.keys()) this.miss(server);
  }

  /** The database says that it is alive, and cut off as well. */
  see(server: string): void {
    if (this.aliveAt.has(server)) this.miss(server);
  }
}

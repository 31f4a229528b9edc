import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { Config } from '../config/config.js';
import { RateLimiter } from '../dispatch/rate-limiter.js';
import { Clock } from '../domain/clock.js';
import { CloseReasons } from '../domain/close-reasons.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';

const SWEEP_INTERVAL_MS = 250;

/** A large crowd is looked at by parts: each connection once a second, so that no sweep takes long. */
const SWEEPS_PER_ROUND = 4;
/** Up to so many are all looked at in each sweep: a fraction of a millisecond. */
const SMALL_CROWD = 1_000;

/**
 * Looks after all connections with one timer: heartbeats, silence, tokens that expire, windows that stay full, positions
 * to be confirmed, dialects that nobody names.
 */
@Injectable()
export class Sweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private round: Iterator<Connection> | undefined;

  constructor(
    private readonly connections: Connections,
    private readonly limiter: RateLimiter,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.sweep();
    }, SWEEP_INTERVAL_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  sweep(): void {
    const now = this.clock.now();
    this.connections.undecided.settleOverdue(now);
    this.connections.pings.sendDue();
    this.goRound(now);
    this.limiter.sweep();
  }

  private goRound(now: number): void {
    const share = Math.max(SMALL_CROWD, Math.ceil(this.connections.size / SWEEPS_PER_ROUND));
    this.round ??= this.connections[Symbol.iterator]();
    for (let looked = 0; looked < share; looked += 1) {
      const next = this.round.next();
      if (next.done) {
        this.round = undefined;
        break;
      }
      this.lookAt(next.value, now);
    }
  }

  private lookAt(connection: Connection, now: number): void {
    connection.watchToken(now);
    if (connection.closed) return;
    if (this.hasStuckWindow(connection, now)) connection.close(CloseReasons.overloaded);
    else if (this.isSilent(connection, now)) connection.close(CloseReasons.idle);
    else this.keepAlive(connection, now);
  }

  private hasStuckWindow({ fullSinceMs }: Connection, now: number): boolean {
    return fullSinceMs !== undefined && now - fullSinceMs >= this.config.limits.unackedTimeoutMs;
  }

  /** Any byte counts as a sign of life, also one of a large frame that is still coming in. */
  private isSilent({ vitals, progress }: Connection, now: number): boolean {
    if (progress !== vitals.progress) {
      vitals.progress = progress;
      vitals.heardAt = now;
    }
    return now - vitals.heardAt >= this.config.heartbeat.idleTimeoutMs;
  }

  private keepAlive(connection: Connection, now: number): void {
    if (now - connection.vitals.pingedAt < this.config.heartbeat.intervalMs) return;
    connection.vitals.pingedAt = now;
    connection.ping();
  }
}

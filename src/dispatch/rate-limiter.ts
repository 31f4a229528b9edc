import { Injectable } from '@nestjs/common';

import { Clock } from '../domain/clock.js';
import { Metrics } from '../domain/metrics.js';
import { DispatchLimits } from './dispatch-limits.js';

interface Bucket {
  tokens: number;
  /** When `tokens` was right, ms. */
  at: number;
}

/** The burst is what two seconds allow (protocol.md, section 3). */
const BURST_S = 2;

/** Buckets looked at in one sweep: a few hundred microseconds of work. */
const SWEEP_BUCKETS = 5_000;

/** A token bucket per user, over all of the user's connections here. No timers; a full bucket is forgotten. */
@Injectable()
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();
  private readonly perMs: number;
  private readonly burst: number;
  private sweeping = this.buckets.entries();

  constructor(
    private readonly clock: Clock,
    limits: DispatchLimits,
    private readonly metrics: Metrics,
  ) {
    this.perMs = limits.rateLimitFrames / 1_000;
    this.burst = limits.rateLimitFrames * BURST_S;
  }

  get size(): number {
    return this.buckets.size;
  }

  /** Counts one frame. @returns 0: it may pass; else in how many ms the next one may */
  take(userId: string): number {
    const now = this.clock.now();
    const bucket = this.buckets.get(userId);
    if (!bucket) {
      this.buckets.set(userId, { tokens: this.burst - 1, at: now });
      return 0;
    }
    bucket.tokens = this.tokensAt(bucket, now);
    bucket.at = now;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    this.metrics.rateLimited.add();
    return Math.ceil((1 - bucket.tokens) / this.perMs);
  }

  /** Forgets users who have been quiet until their bucket was full again. Called now and then, by one timer for all. */
  sweep(): void {
    const now = this.clock.now();
    for (let looked = 0; looked < SWEEP_BUCKETS; looked += 1) {
      const next = this.sweeping.next();
      if (next.done) {
        this.sweeping = this.buckets.entries();
        return;
      }
      const [userId, bucket] = next.value;
      if (this.tokensAt(bucket, now) >= this.burst) this.buckets.delete(userId);
    }
  }

  /** A clock set back neither fills nor empties a bucket. */
  private tokensAt(bucket: Bucket, now: number): number {
    return Math.min(this.burst, bucket.tokens + Math.max(0, now - bucket.at) * this.perMs);
  }
}

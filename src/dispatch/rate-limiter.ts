import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { Clock } from '../domain/clock.js';
import { Metrics } from '../domain/metrics.js';
import { SharedLimits, type Spending } from '../domain/shared-limits.js';
import { DispatchLimits } from './dispatch-limits.js';

interface Bucket {
  tokens: number;
  /** When `tokens` was right, ms. */
  at: number;
  /** Frames that other servers have not been told of. */
  untold: number;
}

/** The burst is what two seconds allow (protocol.md, section 3). */
const BURST_S = 2;

/** Buckets looked at in one sweep: a few hundred microseconds of work. */
const SWEEP_BUCKETS = 5_000;

/** What other servers are told of at once, as a part of a second's frames: who sends little is not spoken of. */
const TOLD_PART = 0.1;

/**
 * A token bucket per user, over all of the user's connections. Each server has its own, and takes from it what the others tell: what was
 * sent too much before they could tell is owed. No timers; a full bucket is forgotten.
 */
@Injectable()
export class RateLimiter implements OnModuleInit, OnApplicationShutdown {
  private readonly buckets = new Map<string, Bucket>();
  private readonly perMs: number;
  private readonly burst: number;
  private sweeping = this.buckets.entries();
  /** So many frames are told of together; where nobody is to be told, there are never so many. */
  private readonly toldTogether: number;
  private endListening: () => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    limits: DispatchLimits,
    private readonly metrics: Metrics,
    private readonly shared: SharedLimits,
  ) {
    this.perMs = limits.rateLimitFrames / 1_000;
    this.burst = limits.rateLimitFrames * BURST_S;
    this.toldTogether = shared.isShared ? Math.max(1, Math.floor(limits.rateLimitFrames * TOLD_PART)) : Infinity;
  }

  onModuleInit(): void {
    this.endListening = this.shared.onTold((spending) => {
      this.takeOver(spending);
    });
  }

  onApplicationShutdown(): void {
    this.endListening();
  }

  get size(): number {
    return this.buckets.size;
  }

  /** Counts one frame. @returns 0: it may pass; else in how many ms the next one may */
  take(userId: string): number {
    const now = this.clock.now();
    const bucket = this.bucketOf(userId, now);
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      bucket.untold += 1;
      if (bucket.untold >= this.toldTogether) this.tell(userId, bucket);
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

  private bucketOf(userId: string, now: number): Bucket {
    const known = this.buckets.get(userId);
    if (known) {
      known.tokens = this.tokensAt(known, now);
      known.at = now;
      return known;
    }
    const bucket = { tokens: this.burst, at: now, untold: 0 };
    this.buckets.set(userId, bucket);
    return bucket;
  }

  private tell(userId: string, bucket: Bucket): void {
    const frames = bucket.untold;
    bucket.untold = 0;
    this.shared.tell({ limit: 'frames', userId, frames });
  }

  /** Nobody owes more than a burst: then nobody waits for longer than two seconds, whatever is told. */
  private takeOver(spending: Spending): void {
    if (spending.limit !== 'frames') return;
    const bucket = this.bucketOf(spending.userId, this.clock.now());
    bucket.tokens = Math.max(-this.burst, bucket.tokens - spending.frames);
  }

  /** A clock set back neither fills nor empties a bucket. */
  private tokensAt(bucket: Bucket, now: number): number {
    return Math.min(this.burst, bucket.tokens + Math.max(0, now - bucket.at) * this.perMs);
  }
}

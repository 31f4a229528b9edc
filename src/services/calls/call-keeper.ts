import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { CallDelivery } from '../../domain/calls.js';
import { Clock } from '../../domain/clock.js';
import { Metrics } from '../../domain/metrics.js';
import type { OpenCall } from '../../log/call-records.js';
import { CallStore } from '../../log/call-store.js';

/** Looks while the last participant of a call is gone: so much later than promised it is closed. */
const LOOKS_PER_ABSENCE = 30;
const MIN_INTERVAL_MS = 250;
const MAX_INTERVAL_MS = 1_000;
/** Calls that one statement touches, and that are closed at a time: nobody waits long behind them. */
const TOUCHED_AT_ONCE = 1_000;
const CLOSED_AT_ONCE = 50;

interface Closing {
  readonly callId: string;
  readonly why: 'unanswered' | 'gone';
}

/**
 * Closes the calls that nobody else closes: those that have rung long enough, and those whose last participant is gone. Every server
 * looks at all of them and says whom it has; closing twice does what once does, so none waits for another, and what a killed server
 * leaves open the others close, or itself when it is back.
 */
@Injectable()
export class CallKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(CallKeeper.name);
  private readonly goneMs: number;
  private timer?: NodeJS.Timeout;
  private pass?: Promise<void>;
  /** Since when every look has succeeded: who was not heard of before that may be there all the same. */
  private watchingSince?: number;
  private isFailing = false;
  private isStopped = false;
  private openCalls = 0;

  constructor(
    private readonly calls: CallStore,
    private readonly delivery: CallDelivery,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    { calls: { goneMs } }: Config,
  ) {
    this.goneMs = goneMs;
  }

  onApplicationBootstrap(): void {
    this.metrics.watch('calls', () => [['', this.openCalls]]);
    const intervalMs = Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, this.goneMs / LOOKS_PER_ABSENCE));
    this.timer = setInterval(() => {
      this.pass ??= this.tryToLook();
    }, intervalMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.pass;
  }

  private async tryToLook(): Promise<void> {
    try {
      await this.look();
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.logger.warn({ err: error }, 'open calls could not be looked after, will try again');
      this.isFailing = true;
    }
    this.pass = undefined;
  }

  private async look(): Promise<void> {
    const now = this.clock.now();
    const since = this.watchingSince ?? now;
    // Where this look fails, others may be unable to say whom they have just as long.
    this.watchingSince = undefined;
    const { unanswered, open } = await this.calls.due(now);
    await this.touch(open.filter((call) => this.isHere(call)).map(idOf), now);
    this.watchingSince = since;

    const gone = now - since < this.goneMs ? [] : open.filter((call) => this.isGone(call, now));
    this.openCalls = open.length - gone.length;
    await this.closeAll([
      ...unanswered.map((callId) => ({ callId, why: 'unanswered' }) as const),
      ...gone.map(({ callId }) => ({ callId, why: 'gone' }) as const),
    ]);
  }

  private isHere({ devices }: OpenCall): boolean {
    return devices.some(({ userId, deviceId }) => this.delivery.isHere(userId, deviceId));
  }

  private isGone(call: OpenCall, now: number): boolean {
    return now - call.aliveAt >= this.goneMs && !this.isHere(call);
  }

  private async touch(callIds: readonly string[], now: number): Promise<void> {
    for (const slice of slices(callIds, TOUCHED_AT_ONCE)) await this.calls.touch(slice, now);
  }

  /** One that can't be closed keeps no other from it. */
  private async closeAll(closings: readonly Closing[]): Promise<void> {
    const failures: unknown[] = [];
    for (const slice of slices(closings, CLOSED_AT_ONCE)) {
      if (this.isStopped) break;
      const results = await Promise.allSettled(slice.map(({ callId, why }) => this.calls.closeDue(callId, why)));
      for (const result of results) if (result.status === 'rejected') failures.push(result.reason);
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} calls could not be closed`);
  }
}

function idOf({ callId }: OpenCall): string {
  return callId;
}

function* slices<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

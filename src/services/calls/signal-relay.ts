import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { CallDelivery, type Signal, type SignalTarget } from '../../domain/calls.js';
import { Clock } from '../../domain/clock.js';
import { DomainEvents } from '../../domain/domain-events.js';
import { ParlanceError } from '../../domain/errors.js';
import type { StoredCall } from '../../log/call-records.js';
import { CallStore } from '../../log/call-store.js';
import { HeldQueue, HeldSignals } from './held-signals.js';
import { requireTarget } from './signal-target.js';

/** How often it is asked whether somebody has come back on another server, ms; on this one that is heard at once. */
const RETRY_MS = 500;
/** Queues that are tried at a time: each asks the database and all servers. */
const TRIED_AT_ONCE = 16;

/**
 * Hands signals over. Those for somebody who has no connection wait here, in order, for as long as `CALL_SIGNAL_WAIT_S`; newer ones
 * queue behind them. They are lost with the server: a client whose connection does not come about begins anew.
 */
@Injectable()
export class SignalRelay implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(SignalRelay.name);
  private readonly held: HeldSignals;
  private readonly waitMs: number;
  private readonly tasks = new Set<Promise<void>>();
  private timer?: NodeJS.Timeout;
  private unsubscribe: () => void = () => undefined;
  /** The last try failed: the next failure is no news. */
  private isFailing = false;
  private isStopped = false;

  constructor(
    private readonly calls: CallStore,
    private readonly delivery: CallDelivery,
    private readonly events: DomainEvents,
    private readonly clock: Clock,
    { calls: { maxHeldSignals, signalWaitMs }, limits }: Config,
  ) {
    this.waitMs = signalWaitMs;
    this.held = new HeldSignals({ signals: maxHeldSignals, size: limits.maxBufferedBytes, waitMs: signalWaitMs });
  }

  onModuleInit(): void {
    this.unsubscribe = this.events.on('connectionSettled', ({ userId }) => {
      for (const queue of this.held.queuesOf(userId)) this.run(this.tryQueue(queue));
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    this.unsubscribe();
    clearTimeout(this.timer);
    await Promise.all(this.tasks);
    this.held.clear();
  }

  /**
   * Resolves when it is handed over, or waits. Of two sent one after the other the first arrives first.
   *
   * @throws RateLimitedError too many wait for this user in this call
   */
  async send(signal: Signal, target: SignalTarget): Promise<void> {
    const isAlone = this.held.queueOf(signal.callId, target.userId) === undefined;
    if (isAlone && (await this.delivery.hand(signal, target)) > 0) return;
    if (this.waitMs === 0 || this.isStopped) return;
    this.held.add(signal, target.userId, this.clock.now());
    this.arm();
  }

  private arm(): void {
    if (this.timer || this.isStopped || this.held.isEmpty) return;
    this.timer = setTimeout(() => {
      this.run(this.tryAll());
    }, RETRY_MS).unref();
  }

  private async tryAll(): Promise<void> {
    const queues = [...this.held.all()];
    while (queues.length > 0 && !this.isStopped) {
      await Promise.all(queues.splice(0, TRIED_AT_ONCE).map((queue) => this.tryQueue(queue)));
    }
    this.timer = undefined;
    this.arm();
  }

  private async tryQueue(queue: HeldQueue): Promise<void> {
    // Whoever is at it goes on until somebody is missing again.
    if (queue.isBusy || !this.held.first(queue, this.clock.now())) return;
    queue.isBusy = true;
    try {
      await this.handOver(queue);
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.logger.warn({ err: error }, 'signals could not be handed over, will try again');
      this.isFailing = true;
    }
    queue.isBusy = false;
  }

  private async handOver(queue: HeldQueue): Promise<void> {
    // Since they were sent somebody may have accepted, or gone: what counts is how the call stands now.
    const found = await this.calls.find(queue.callId);
    for (let signal = this.next(queue); signal && !this.isStopped; signal = this.next(queue)) {
      const target = found && targetNow(found, signal, queue.userId);
      if (target && (await this.delivery.hand(signal, target)) === 0) return;
      this.held.remove(queue, signal);
    }
  }

  private next(queue: HeldQueue): Signal | undefined {
    return this.held.first(queue, this.clock.now());
  }

  private run(work: Promise<void>): void {
    const task = work.finally(() => this.tasks.delete(task));
    this.tasks.add(task);
  }
}

/** @returns undefined where it is for nobody any more */
function targetNow(found: StoredCall, { from }: Signal, to: string): SignalTarget | undefined {
  try {
    return requireTarget(found, from, to);
  } catch (error) {
    if (error instanceof ParlanceError) return undefined;
    throw error;
  }
}

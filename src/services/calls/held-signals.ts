import type { Signal } from '../../domain/calls.js';
import { RateLimitedError } from '../../domain/errors.js';

/** Of all that waits on this server, characters: what many hold for many stays small beside what connections hold. */
const MAX_TOTAL_SIZE = 64 * 1_048_576;
/** What a signal takes beside its data, in characters. */
export const SIGNAL_OVERHEAD = 512;

export interface HeldBounds {
  /** Signals for one user in one call. */
  readonly signals: number;
  /** The same in characters of their data. */
  readonly size: number;
  /** How long each waits, ms. */
  readonly waitMs: number;
}

/** What waits for one user in one call, in the order sent. */
export class HeldQueue {
  readonly waiting: { readonly signal: Signal; readonly until: number }[] = [];
  size = 0;
  /** Somebody is trying to hand it over. */
  isBusy = false;

  constructor(
    readonly callId: string,
    readonly userId: string,
  ) {}
}

/** Signals for users who have no connection just now. Those that have waited long enough are dropped, whoever looks. */
export class HeldSignals {
  private readonly byUser = new Map<string, Map<string, HeldQueue>>();
  private size = 0;

  constructor(
    private readonly bounds: HeldBounds,
    private readonly maxSize = MAX_TOTAL_SIZE,
  ) {}

  get isEmpty(): boolean {
    return this.byUser.size === 0;
  }

  queueOf(callId: string, userId: string): HeldQueue | undefined {
    return this.byUser.get(userId)?.get(callId);
  }

  queuesOf(userId: string): readonly HeldQueue[] {
    return [...(this.byUser.get(userId)?.values() ?? [])];
  }

  all(): readonly HeldQueue[] {
    return [...this.byUser.values()].flatMap((queues) => [...queues.values()]);
  }

  /** @throws RateLimitedError there is no room for it */
  add(signal: Signal, userId: string, now: number): void {
    const queue = this.queueOf(signal.callId, userId);
    if (queue) this.dropExpired(queue, now);
    this.requireRoom(signal, queue, now);
    const kept = this.queueOf(signal.callId, userId) ?? this.begin(signal.callId, userId);
    kept.waiting.push({ signal, until: now + this.bounds.waitMs });
    kept.size += signal.dataJson.length;
    this.size += signal.dataJson.length + SIGNAL_OVERHEAD;
  }

  /** The oldest one that still waits. */
  first(queue: HeldQueue, now: number): Signal | undefined {
    this.dropExpired(queue, now);
    return queue.waiting[0]?.signal;
  }

  /** What was the oldest one has been handed over, or is for nobody any more. It may have waited too long meanwhile. */
  remove(queue: HeldQueue, signal: Signal): void {
    if (queue.waiting[0]?.signal === signal) this.removeFirst(queue);
  }

  clear(): void {
    this.byUser.clear();
    this.size = 0;
  }

  private dropExpired(queue: HeldQueue, now: number): void {
    while (queue.waiting[0] && queue.waiting[0].until <= now) this.removeFirst(queue);
  }

  private removeFirst(queue: HeldQueue): void {
    const first = queue.waiting.shift();
    if (!first) return;
    queue.size -= first.signal.dataJson.length;
    this.size -= first.signal.dataJson.length + SIGNAL_OVERHEAD;
    if (queue.waiting.length === 0) this.end(queue);
  }

  private requireRoom({ dataJson }: Signal, queue: HeldQueue | undefined, now: number): void {
    const { signals, size, waitMs } = this.bounds;
    const count = queue?.waiting.length ?? 0;
    const fitsQueue = count < signals && (queue?.size ?? 0) + dataJson.length <= size;
    if (fitsQueue && this.size + SIGNAL_OVERHEAD + dataJson.length <= this.maxSize) return;
    const nextEnd = queue?.waiting[0]?.until ?? now + waitMs;
    throw new RateLimitedError(nextEnd - now, 'too many signals wait for this user');
  }

  private begin(callId: string, userId: string): HeldQueue {
    const queue = new HeldQueue(callId, userId);
    const queues = this.byUser.get(userId) ?? new Map<string, HeldQueue>();
    this.byUser.set(userId, queues.set(callId, queue));
    return queue;
  }

  private end({ callId, userId }: HeldQueue): void {
    const queues = this.byUser.get(userId);
    queues?.delete(callId);
    if (queues?.size === 0) this.byUser.delete(userId);
  }
}

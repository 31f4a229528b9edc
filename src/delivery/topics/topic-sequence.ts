import type { ToldTopicMessage, ToldTopics } from '../bus/bus.js';
import { Runner } from '../runner.js';
import type { PushedMessages } from './pushed-messages.js';

/** Servers commit in order, but may tell in any: how long a commit waits for the ones before it. */
const GAP_WAIT_MS = 10;
/** Commits that wait; more mean that what they wait for takes long, and that history has them by then. */
const MAX_HELD = 10_000;

export interface SequencedTopics {
  /** Whether it was pushed to whoever wants it here, or waits for its turn; also where nobody does. */
  isHere(message: ToldTopicMessage): boolean;
  /** More is settled. */
  settled(): void;
  /** Pushes from history what was not pushed, up to this number at most: as much as is read at once, at least one number. */
  repair(upTo: number): Promise<void>;
  /** Something of another server was never pushed here: what that pushes now would overtake it. */
  doubt(): void;
  /** Something may never have been pushed here that anybody's, also this server's own, would overtake now. */
  doubtAll(): void;
  /** The message is committed, and all before it was pushed here. */
  committed(id: string): void;
  /** These will never be committed. */
  dropped(ids: readonly string[]): void;
  failed(error: unknown, isFirst: boolean): void;
}

interface Waiter {
  readonly number: number;
  readonly resolve: () => void;
}

/**
 * Brings what servers tell of their commits into the order of the numbers. What nobody has told of, and what was never pushed here
 * though somebody here wants it, is had from history before the numbers go on.
 */
export class TopicSequence {
  /** Came before their time, by the number before them. */
  private readonly held = new Map<number, ToldTopics>();
  /** Up to here is committed, by all that was heard. */
  private known = 0;
  private repairTo = 0;
  private timer?: NodeJS.Timeout;
  private waiters: Waiter[] = [];
  private isClosed = false;
  private readonly repairs: Runner;

  constructor(
    private readonly pushed: PushedMessages,
    private readonly topics: SequencedTopics,
  ) {
    this.repairs = new Runner(
      () => this.repair(),
      (error, isFirst) => {
        topics.failed(error, isFirst);
      },
    );
  }

  take({ messages, newest, failed }: ToldTopics): void {
    if (this.isClosed) return;
    if (failed.length > 0) this.drop(failed);
    if (newest <= this.pushed.newest) this.settle(messages);
    else if (messages.length > 0) this.hold({ messages, newest, failed });
    // A repetition was answered: what its sender says next must not overtake what it repeats, which a killed server may have committed.
    else if (failed.length === 0) this.topics.doubtAll();
    this.heard(newest);
  }

  /** All up to this number is committed. */
  heard(newest: number): void {
    if (this.isClosed) return;
    this.known = Math.max(this.known, newest);
    this.advance();
  }

  /** Resolves once everything up to this number, which is committed, was pushed here. */
  async reached(number: number): Promise<void> {
    this.heard(number);
    if (this.isClosed || number <= this.pushed.newest) return;
    await new Promise<void>((resolve) => this.waiters.push({ number, resolve }));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    for (const { resolve } of this.waiters) resolve();
    await this.repairs.stop();
  }

  private drop(failed: readonly string[]): void {
    this.pushed.settle(failed);
    this.topics.dropped(failed);
  }

  private hold(told: ToldTopics): void {
    if (this.held.size >= MAX_HELD) this.held.clear();
    this.held.set(told.newest - told.messages.length, told);
    // Also before its time: what its server publishes next must not overtake it.
    if (!this.isAllHere(told)) this.repairMissing(told);
  }

  private isAllHere({ messages }: ToldTopics): boolean {
    return messages.every((message) => this.topics.isHere(message));
  }

  private advance(): void {
    while (this.applyNext());
    this.topics.settled();
    this.wakeWaiters();
    if (this.pushed.newest >= this.known) this.stopWaiting();
    else if (this.repairTo <= this.pushed.newest) this.waitForNext();
  }

  /** @returns whether there may be another */
  private applyNext(): boolean {
    const told = this.held.get(this.pushed.newest);
    if (!told) return false;
    if (!this.isAllHere(told)) {
      this.repairMissing(told);
      return false;
    }
    this.held.delete(this.pushed.newest);
    this.apply(told);
    return true;
  }

  private apply({ messages, newest }: ToldTopics): void {
    this.settle(messages);
    this.pushed.committedUpTo(newest);
  }

  private settle(messages: readonly ToldTopicMessage[]): void {
    for (const { id } of messages) this.topics.committed(id);
    this.pushed.settle(messages.map(({ id }) => id));
  }

  private waitForNext(): void {
    const before = this.pushed.newest;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.pushed.newest > before) this.advance();
      else this.repairSoon(this.known);
    }, GAP_WAIT_MS);
  }

  private stopWaiting(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private repairMissing({ newest }: ToldTopics): void {
    this.topics.doubt();
    this.repairSoon(newest);
  }

  private repairSoon(upTo: number): void {
    this.repairTo = Math.max(this.repairTo, upTo);
    this.repairs.soon();
  }

  private async repair(): Promise<void> {
    while (!this.isClosed && this.pushed.newest < this.repairTo) {
      await this.topics.repair(this.repairTo);
      this.dropRepaired();
      this.advance();
    }
  }

  private dropRepaired(): void {
    for (const [before, told] of this.held) {
      if (told.newest > this.pushed.newest) continue;
      this.settle(told.messages);
      this.held.delete(before);
    }
  }

  private wakeWaiters(): void {
    if (this.waiters.length === 0) return;
    const isAwake = ({ number }: Waiter): boolean => number <= this.pushed.newest;
    for (const waiter of this.waiters) if (isAwake(waiter)) waiter.resolve();
    this.waiters = this.waiters.filter((waiter) => !isAwake(waiter));
  }
}

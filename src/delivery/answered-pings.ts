import type { DeliveredMessages, DeliveryMarks } from '../domain/topics.js';
import { Runner } from './runner.js';
import type { Unacked } from './track.js';
import type { Window } from './window.js';

/**
 * Receives what was sent before a ping that is answered, for dialects without acks: others' messages are marked as delivered first, and
 * only when that is committed does all of it count as acked. While it cannot be, nothing does, and it is tried again.
 */
export class AnsweredPings {
  /** The last event that an answered ping covers; 0 before the first. */
  answered = 0;
  /** When the last ping was answered, ms since the epoch. */
  private answeredAt = 0;
  private readonly runner: Runner;

  /** @param acked called with what has been acked, and when the client said so */
  constructor(
    private readonly userId: string,
    private readonly window: Window,
    private readonly marks: DeliveryMarks,
    private readonly on: {
      readonly acked: (covered: readonly Unacked[], at: number) => void;
      readonly failed: (error: unknown, isFirst: boolean) => void;
    },
  ) {
    this.runner = new Runner(() => this.receive(), on.failed);
  }

  /** The client has all events up to this one. @param at when it said so, ms since the epoch */
  cover(eventId: number, at: number): void {
    if (eventId <= this.answered) return;
    this.answered = eventId;
    this.answeredAt = at;
    this.runner.soon();
  }

  /** What failed, and waits to be tried again, is tried once more, at once. @returns resolves when all that was begun has ended */
  async stop(): Promise<void> {
    await this.runner.stop();
    // The database may be back already: what was answered in all calm should not come again.
    await this.receive().catch((error: unknown) => {
      this.on.failed(error, false);
    });
  }

  private async receive(): Promise<void> {
    for (let covered = this.covered(); covered.length > 0; covered = this.covered()) {
      const { answeredAt } = this;
      const delivered = newestOfEach(covered);
      if (delivered.length > 0) await this.marks.mark(this.userId, delivered);
      this.window.ackedAll(covered);
      this.on.acked(covered, answeredAt);
    }
  }

  private covered(): Unacked[] {
    return this.window.unackedUpTo(this.answered);
  }
}

/** One mark for each chat: it covers the messages before. */
function newestOfEach(covered: readonly Unacked[]): DeliveredMessages[] {
  const newest = new Map<number, DeliveredMessages>();
  for (const { receipt } of covered) {
    if (!receipt) continue;
    const { chat, upTo } = receipt;
    if (upTo > (newest.get(chat.id)?.upTo ?? 0)) newest.set(chat.id, receipt);
  }
  return [...newest.values()];
}

import type { TopicsCommitted } from '../../domain/domain-events.js';
import type { TopicMessage } from '../../domain/topics.js';

/** Far more than wait for a commit at any time: a message whose outcome nobody tells must not stay for ever. */
const MAX_OPEN = 100_000;

/** Where a connection stands that falls or comes behind. */
export interface TopicPlace {
  /** All up to this number it was sent, or is not to be sent. */
  readonly position: number;
  /** Messages that it was sent before their commit: they will have a number above the position. */
  readonly had: ReadonlySet<string>;
  /** It knows of the gaps in these topics. */
  readonly gap: readonly string[];
}

interface Pushed {
  readonly message: TopicMessage;
  /** Counts pushes. */
  readonly place: number;
}

/**
 * What was pushed here, as far as it matters for who is behind: up to a number everything is committed, so that history has it. What was
 * pushed and is not known to be committed is *open*; it has a greater number, or never gets one.
 */
export class PushedMessages {
  /** All topic messages up to this number are committed, and were pushed or are to be read from history. */
  private newestNumber = 0;
  private lastPlace = 0;
  private readonly open = new Map<string, Pushed>();
  private ids?: ReadonlySet<string>;

  get newest(): number {
    return this.newestNumber;
  }

  /** What is pushed next has this place or a later one. */
  get nextPlace(): number {
    return this.lastPlace + 1;
  }

  /** Everything before this place is settled. */
  get settledBefore(): number {
    for (const { place } of this.open.values()) return place;
    return this.nextPlace;
  }

  /** Ids of what is open now; the same set for all who ask between two pushes. */
  openIds(): ReadonlySet<string> {
    return (this.ids ??= new Set(this.open.keys()));
  }

  /** Where somebody stands who was pushed everything. */
  place(): TopicPlace {
    return { position: this.newest, had: this.openIds(), gap: [] };
  }

  /** What is open, in the order of pushing. */
  *openMessages(): Generator<TopicMessage> {
    for (const { message } of this.open.values()) yield message;
  }

  /** To be called once all connections here have it. */
  add(message: TopicMessage): void {
    this.lastPlace += 1;
    this.open.set(message.id, { message, place: this.lastPlace });
    if (this.open.size > MAX_OPEN) this.forgetOldest();
    this.ids = undefined;
  }

  /** Whether there is something that was never pushed here among what is committed by now. */
  hasHole({ messages, newest }: TopicsCommitted): boolean {
    return newest - messages.length > this.newestNumber;
  }

  settle({ messages, failed, newest }: TopicsCommitted): void {
    for (const { id } of messages) this.open.delete(id);
    for (const { id } of failed) this.open.delete(id);
    this.ids = undefined;
    this.committedUpTo(newest);
  }

  committedUpTo(newest: number): void {
    this.newestNumber = Math.max(this.newestNumber, newest);
  }

  private forgetOldest(): void {
    for (const id of this.open.keys()) return void this.open.delete(id);
  }
}

import type { Clock } from '../../domain/clock.js';
import type { TopicMessage } from '../../domain/topics.js';

/** Far more than wait for a commit at any time: a message whose outcome nobody tells must not stay for ever. */
const MAX_OPEN = 100_000;
/** Longer than any commit takes. A server that was killed, or not heard, tells of nothing. */
const MAX_OPEN_MS = 120_000;

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
  readonly at: number;
}

/**
 * What was pushed here, as far as it matters for who is behind: up to a number everything is committed, so that history has it. What was
 * pushed and is not known to be committed is *open*; it has a greater number, or never gets one.
 */
export class PushedMessages {
  /** All topic messages up to this number are committed, and were pushed here as far as they concern anybody. */
  private newestNumber = 0;
  private lastPlace = 0;
  /** The longest open first. */
  private readonly open = new Map<string, Pushed>();
  private ids?: ReadonlySet<string>;

  constructor(private readonly clock: Clock) {}

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

  isOpen(id: string): boolean {
    return this.open.has(id);
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
    const at = this.clock.now();
    this.open.set(message.id, { message, place: this.lastPlace, at });
    this.forgetOlderThan(at - MAX_OPEN_MS);
    this.ids = undefined;
  }

  /** What has become of them is known. */
  settle(ids: Iterable<string>): void {
    for (const id of ids) this.open.delete(id);
    this.ids = undefined;
  }

  committedUpTo(newest: number): void {
    this.newestNumber = Math.max(this.newestNumber, newest);
  }

  private forgetOlderThan(time: number): void {
    for (const [id, { at }] of this.open) {
      if (at >= time && this.open.size <= MAX_OPEN) return;
      this.open.delete(id);
    }
  }
}

import type { TopicMessage } from '../../domain/topics.js';

/** More than come in while a commit takes its time; what is over is not held back. */
const MAX_HELD = 10_000;
/** A database that takes longer keeps nobody waiting. */
const MAX_HOLD_MS = 1_000;
/** Stands for this server, whatever its ids begin with. */
const OWN = Symbol('own');

type Publisher = string | typeof OWN;

interface Held {
  readonly message: TopicMessage;
  readonly publisher: Publisher;
  /** How many doubts there had been when it came. */
  readonly doubts: number;
}

/**
 * What other servers publish after something of theirs may have been lost: it waits, so that it does not overtake that. What was lost
 * may have yet to be committed, so history alone does not show it. But a server commits in the order in which it publishes: once a
 * message that came after the doubt is committed, and all before it in the numbering was pushed here, nothing older of its publisher can
 * come any more, and what waits of that server may go. This server loses nothing of its own; that waits only where all are doubted.
 */
export class HeldBack {
  /** By id, as they came. */
  private readonly held = new Map<string, Held>();
  /** Servers of which nothing is lost since the last doubt. */
  private readonly trusted = new Set<Publisher>([OWN]);
  private doubts = 0;
  private timer?: NodeJS.Timeout;

  constructor(private readonly deliver: (message: TopicMessage) => void) {}

  /** Something that other servers have published until now may have been lost. */
  doubt(): void {
    const isOwnTrusted = this.trusted.has(OWN);
    this.doubtAll();
    if (isOwnTrusted) this.trusted.add(OWN);
  }

  /** Something is committed that may have been lost, and that no server's messages are to overtake. */
  doubtAll(): void {
    this.doubts += 1;
    this.trusted.clear();
  }

  /** @returns false where it need not wait */
  hold(message: TopicMessage, isOwn = false): boolean {
    const publisher = isOwn ? OWN : publisherOf(message);
    if (this.doubts === 0 || this.trusted.has(publisher)) return false;
    this.held.set(message.id, { message, publisher, doubts: this.doubts });
    this.timer ??= setTimeout(() => {
      this.giveUp();
    }, MAX_HOLD_MS);
    if (this.held.size > MAX_HELD) this.giveUp();
    return true;
  }

  has(id: string): boolean {
    return this.held.has(id);
  }

  /** The message is committed, and all before it in the numbering was pushed here. */
  committed(id: string): void {
    const held = this.held.get(id);
    if (!held) return;
    this.release(id, held);
    if (held.doubts === this.doubts) this.trust(held.publisher);
  }

  /** Nobody keeps it, and nobody misses it. */
  drop(ids: Iterable<string>): void {
    for (const id of ids) this.held.delete(id);
    this.rest();
  }

  *messages(): Generator<TopicMessage> {
    for (const { message } of this.held.values()) yield message;
  }

  /** Nothing is delivered any more. */
  close(): void {
    this.drop([...this.held.keys()]);
  }

  private trust(publisher: Publisher): void {
    this.trusted.add(publisher);
    for (const [id, held] of this.held) if (held.publisher === publisher) this.release(id, held);
  }

  private giveUp(): void {
    for (const { publisher } of [...this.held.values()]) this.trust(publisher);
  }

  private release(id: string, { message }: Held): void {
    this.held.delete(id);
    this.rest();
    this.deliver(message);
  }

  private rest(): void {
    if (this.held.size > 0) return;
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

/** The ids of one run of a server differ in what follows the last `_`. */
function publisherOf({ id }: TopicMessage): string {
  return id.slice(0, id.lastIndexOf('_') + 1);
}

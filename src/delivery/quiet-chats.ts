import type { Clock } from '../domain/clock.js';

/** How often quiet chats are looked for: one is told of at most so much later than it could be. */
const LOOK_MS = 500;
/** Chats that wait to become quiet, some 20 MB: more are told of at once, the longest untouched first. */
const MAX_WAITING = 50_000;

interface Waiting<T> {
  readonly what: T;
  readonly since: number;
}

/** Keeps something of each chat until nothing more was noted of it for a while, and tells it then. With nothing to keep it has no timer. */
export class QuietChats<T> {
  /** By chat number, the longest untouched first. */
  private readonly waiting = new Map<number, Waiting<T>>();
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly clock: Clock,
    private readonly quietMs: number,
    private readonly tell: (quiet: readonly T[]) => void,
  ) {}

  /** What is kept of the chat. */
  get(chatId: number): T | undefined {
    return this.waiting.get(chatId)?.what;
  }

  /** In the place of what was kept of the chat. */
  note(chatId: number, what: T): void {
    this.waiting.delete(chatId);
    this.waiting.set(chatId, { what, since: this.clock.now() });
    if (this.waiting.size > MAX_WAITING) this.tellFirst(1);
    this.lookLater();
  }

  /** Tells what waits, for the end of the server. */
  close(): void {
    this.tellFirst(this.waiting.size);
    clearTimeout(this.timer);
  }

  private lookLater(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.tellFirst(this.countQuiet());
      if (this.waiting.size > 0) this.lookLater();
    }, LOOK_MS);
  }

  private countQuiet(): number {
    const now = this.clock.now();
    let count = 0;
    for (const { since } of this.waiting.values()) {
      // A clock that was set back must not make anybody wait.
      if (now >= since && now < since + this.quietMs) break;
      count += 1;
    }
    return count;
  }

  private tellFirst(count: number): void {
    const quiet: T[] = [];
    for (const [chatId, { what }] of this.waiting) {
      if (quiet.length === count) break;
      quiet.push(what);
      this.waiting.delete(chatId);
    }
    if (quiet.length > 0) this.tell(quiet);
  }
}

import type { OutgoingFrame } from '../../domain/outgoing-frame.js';
import type { Outlet } from '../../domain/outlet.js';
import type { SessionSubscription, TopicMessage } from '../../domain/topics.js';
import { Runner } from '../runner.js';
import type { PushedMessages, TopicPlace } from './pushed-messages.js';
import { hasRoomFor } from './room.js';
import type { TopicServices } from './topic-services.js';

/** Messages read at once: what a reader does not take of them is read again. */
const PAGE_MESSAGES = 100;

/** A connection that is behind, as far as its catching up needs it. */
export interface TopicReader {
  readonly outlet: Outlet;
  send(frame: OutgoingFrame): void;
  /** With the number above which each is wanted. */
  wanted(): readonly SessionSubscription[];
  matches(topic: string): boolean;
  /** @returns undefined where the connection's dialect does not show it */
  encode(message: TopicMessage): OutgoingFrame | undefined;
  /** Of these topics something is lost to it. */
  tellGap(topics: readonly string[]): void;
  /** All of history up to this number was sent to it. */
  sentUpTo(number: number): void;
  /** All that was published was sent to it, some of which may have yet to be committed. From now on it is to be pushed the rest. */
  caughtUp(): void;
  failed(error: unknown, isFirst: boolean): void;
}

/**
 * Brings a connection that is behind up to date.
 *
 * - **reading**: history is read from its position, page by page, as fast as the reader takes it, as far as everything there was pushed
 *   before: of what is committed beyond that, nobody knows here whether it has yet to be pushed.
 * - **cutover**: it has read all that was so. What was pushed and is not known to be committed it is sent from memory, and from then on
 *   it is pushed everything. Nothing is awaited in between, so nothing falls between the two or is in both.
 */
export class TopicCatchUp {
  private sentPosition: number;
  private readonly had: ReadonlySet<string>;
  /** Sent before their commit by a cutover that its reader was too slow for. */
  private readonly sentOpen = new Set<string>();
  private readonly knownGaps: Set<string>;
  private readonly runner: Runner;
  private isStopped = false;
  /** Its reader has to take something first. */
  private awaitsRoom = false;

  constructor(
    private readonly reader: TopicReader,
    private readonly pushed: PushedMessages,
    private readonly services: Pick<TopicServices, 'history' | 'limits'>,
    { position, had, gap }: TopicPlace,
  ) {
    this.sentPosition = position;
    this.had = had;
    this.knownGaps = new Set(gap);
    this.runner = new Runner(
      () => this.run(),
      (error, isFirst) => {
        this.reader.failed(error, isFirst);
      },
    );
  }

  /** Begins at once. */
  start(): void {
    this.runner.start();
  }

  /** Begins once the reader has taken what it was sent. */
  startDrained(): void {
    this.awaitsRoom = true;
  }

  /** All up to this number it was sent. */
  get position(): number {
    return this.sentPosition;
  }

  /** Its reader has not taken what it was sent. */
  get isSlow(): boolean {
    return this.awaitsRoom;
  }

  /** The reader has taken all. */
  drained(): void {
    if (!this.awaitsRoom || this.isStopped) return;
    this.awaitsRoom = false;
    this.runner.soon();
  }

  stop(): void {
    this.isStopped = true;
    void this.runner.stop();
  }

  private async run(): Promise<void> {
    while (this.isAtWork) {
      const wanted = this.reader.wanted();
      if (wanted.length === 0 || this.sentPosition >= this.pushed.newest) this.cutOver();
      else await this.readPage(wanted, this.pushed.newest);
    }
  }

  private get isAtWork(): boolean {
    return !this.isStopped && !this.awaitsRoom && !this.reader.outlet.closed;
  }

  /** @param newest not beyond it: what is subscribed to while history is read begins there */
  private async readPage(wanted: readonly SessionSubscription[], newest: number): Promise<void> {
    const page = await this.services.history.missed(wanted, this.sentPosition, PAGE_MESSAGES);
    if (!this.isAtWork) return;
    this.noteGaps(page.gap);
    // A server that commits them, and is not heard, tells of nothing.
    this.pushed.settle(page.messages.filter(({ number }) => number <= this.pushed.newest).map(({ id }) => id));
    const before = this.sentPosition;
    const messages = page.messages.filter(({ number }) => number <= newest);
    const isAllSent = messages.every((message) => this.pass(message) && this.moveTo(message.number));
    if (isAllSent) this.moveTo(page.more ? Math.min(page.end, newest) : newest);
    if (this.sentPosition > before) this.reader.sentUpTo(this.sentPosition);
  }

  private cutOver(): void {
    for (const message of this.pushed.openMessages()) {
      if (!this.pass(message)) return;
      this.sentOpen.add(message.id);
    }
    this.isStopped = true;
    this.reader.caughtUp();
  }

  /** Sends it, where that is to be done. @returns false where the reader has to take something first */
  private pass(message: TopicMessage): boolean {
    if (this.had.has(message.id) || this.sentOpen.has(message.id) || !this.reader.matches(message.topic)) return true;
    const frame = this.reader.encode(message);
    if (!frame) return true;
    const { outlet } = this.reader;
    this.awaitsRoom = !hasRoomFor(frame, outlet, this.services.limits.maxBufferedBytes);
    if (!this.awaitsRoom) this.reader.send(frame);
    return !this.awaitsRoom;
  }

  private moveTo(number: number): true {
    this.sentPosition = Math.max(this.sentPosition, number);
    return true;
  }

  /** Each gap is told once. */
  private noteGaps(topics: readonly string[]): void {
    const unknown = topics.filter((topic) => !this.knownGaps.has(topic));
    if (unknown.length === 0) return;
    for (const topic of unknown) this.knownGaps.add(topic);
    this.reader.tellGap(unknown);
  }
}

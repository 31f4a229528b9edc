import type { Dialect, EncodedEvent } from '../dialects/dialect.js';
import type { Clock } from '../domain/clock.js';
import type { OutgoingFrame } from '../domain/outgoing-frame.js';
import type { Outlet } from '../domain/outlet.js';
import type { FeedLimits, FeedServices } from './feed-services.js';
import type { Track } from './track.js';
import type { ViewerView } from './view-of.js';
import type { EventPlace, Window } from './window.js';

/** Numbers a connection's events and sends them, as far as its reader and its window have room. */
export class EventSender {
  /** 0 before the first. */
  lastEventId = 0;
  /** ms since the epoch, since when the window has been full. */
  fullSinceMs?: number;
  /** Something did not fit, and the reader has not taken since what it was sent before. */
  private isBehind = false;
  private readonly limits: FeedLimits;
  private readonly clock: Clock;

  constructor(
    private readonly outlet: Outlet,
    private readonly receivedBy: Dialect['receivedBy'],
    private readonly window: Window,
    { limits, clock }: Pick<FeedServices, 'limits' | 'clock'>,
  ) {
    this.limits = limits;
    this.clock = clock;
  }

  /** Whether the reader keeps up: one that does not must first take all that waits for it. */
  get keepsUp(): boolean {
    return this.hasBytes() && !this.isBehind;
  }

  /** To be called when the reader has taken all. */
  noteDrained(): void {
    this.isBehind = false;
  }

  /** How many events may be sent now; 0 while the outlet holds as much as it may. */
  room(): number {
    if (!this.hasBytes()) return 0;
    return this.limits.maxUnackedEvents - this.window.size;
  }

  /** @returns whether that is done: not, where it would be more than the outlet may hold. What the viewer is not shown is passed. */
  send(encoded: EncodedEvent, view: ViewerView, track: Track, place: EventPlace): boolean {
    const frame = this.frameOf(encoded, view);
    if (frame === undefined) {
      this.window.passed(track, place.position);
      return true;
    }
    if (!this.fits(frame)) {
      this.isBehind = true;
      return false;
    }
    this.lastEventId += 1;
    this.outlet.send(frame);
    this.awaitReceipt(track, place);
    return true;
  }

  /** Sends it before its turn, for nobody to wait for. @returns whether it was sent */
  sendEarly(encoded: EncodedEvent, view: ViewerView): boolean {
    const frame = this.frameOf(encoded, view);
    if (frame === undefined || !this.fits(frame)) return false;
    this.lastEventId += 1;
    this.outlet.send(frame);
    return true;
  }

  /** What is no event of the log's. Not, where it would be more than the outlet may hold. */
  sendUnnumbered(frame: string | OutgoingFrame): void {
    if (this.fits(frame)) this.outlet.send(frame);
  }

  /** It is the turn of what was sent early: it has its place among the events that wait to be received, and is not sent again. */
  giveTurn(track: Track, place: EventPlace): void {
    this.lastEventId += 1;
    this.awaitReceipt(track, place);
  }

  /** To be called when the window may have got smaller. */
  noteAcks(): void {
    if (this.window.size < this.limits.maxUnackedEvents) this.fullSinceMs = undefined;
  }

  private frameOf(
    encoded: EncodedEvent,
    { viewer, chatId, missed, marked }: ViewerView,
  ): string | OutgoingFrame | undefined {
    return encoded.forView({ eventId: this.lastEventId + 1, viewer, chatId, missed, marked });
  }

  private awaitReceipt(track: Track, place: EventPlace): void {
    this.window.sent(this.lastEventId, track, place);
    if (this.window.size >= this.limits.maxUnackedEvents) this.fullSinceMs ??= this.clock.now();
    if (this.receivedBy === 'pings') this.outlet.wantPing();
  }

  private hasBytes(): boolean {
    return !this.outlet.closed && this.outlet.bufferedBytes < this.limits.maxBufferedBytes;
  }

  /** A single frame over the bound must go too: it goes alone. */
  private fits(frame: string | OutgoingFrame): boolean {
    const { bufferedBytes } = this.outlet;
    const bytes = typeof frame === 'string' ? frame.length : frame.bytes;
    return bufferedBytes === 0 || bufferedBytes + bytes <= this.limits.maxBufferedBytes;
  }
}

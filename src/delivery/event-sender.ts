import type { EncodedEvent } from '../dialects/dialect.js';
import type { Clock } from '../domain/clock.js';
import type { Position } from '../domain/chat.js';
import type { Outlet } from '../domain/outlet.js';
import type { FeedLimits, FeedServices } from './feed-services.js';
import type { Track } from './track.js';
import type { ViewerView } from './view-of.js';
import type { Window } from './window.js';

/** Where an event stands in its chat. */
export interface EventPlace {
  readonly change: number;
  /** How far the connection has got with it. */
  readonly position: Position;
}

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

  /** @returns whether it was sent: not, where it would be more than the outlet may hold */
  send(encoded: EncodedEvent, view: ViewerView, track: Track, place: EventPlace): boolean {
    const eventId = this.lastEventId + 1;
    const { viewer, chatId, missed, marked } = view;
    const frame = encoded.forView({ eventId, viewer, chatId, missed, marked });
    if (!this.fits(frame)) {
      this.isBehind = true;
      return false;
    }
    this.lastEventId = eventId;
    this.outlet.send(frame);
    this.window.sent(eventId, track, place.change, place.position);
    if (this.window.size >= this.limits.maxUnackedEvents) this.fullSinceMs ??= this.clock.now();
    return true;
  }

  /** To be called when the window may have got smaller. */
  noteAcks(): void {
    if (this.window.size < this.limits.maxUnackedEvents) this.fullSinceMs = undefined;
  }

  private hasBytes(): boolean {
    return !this.outlet.closed && this.outlet.bufferedBytes < this.limits.maxBufferedBytes;
  }

  /** A single frame over the bound must go too: it goes alone. */
  private fits(frame: string): boolean {
    const { bufferedBytes } = this.outlet;
    return bufferedBytes === 0 || bufferedBytes + frame.length <= this.limits.maxBufferedBytes;
  }
}

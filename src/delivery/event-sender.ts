import type { Dialect, EncodedEvent } from '../dialects/dialect.js';
import type { Clock } from '../domain/clock.js';
import type { OutgoingFrame } from '../domain/outgoing-frame.js';
import type { Outlet } from '../domain/outlet.js';
import type { Change } from '../domain/changes.js';
import type { DurableEvent, EphemeralEvent } from '../domain/events.js';
import type { DialectFrames } from '../domain/frames-out.js';
import type { Counter } from '../domain/metrics.js';
import type { DeliveryRecords } from './delivery-records.js';
import type { FeedLimits, FeedServices } from './feed-services.js';
import { NO_SLOT, type Recipient } from './recent-deliveries.js';
import type { Track, Unacked } from './track.js';
import type { ViewerView } from './view-of.js';
import type { EventPlace, Window } from './window.js';

/** Where an event stands, and what it tells. */
export interface EventToSend extends EventPlace {
  readonly told: Change | DurableEvent;
}

/** Numbers a connection's events and sends them, as far as its reader and its window have room. */
export class EventSender {
  /** 0 before the first. */
  lastEventId = 0;
  /** ms since the epoch, since when the window has been full. */
  fullSinceMs?: number;
  /** Something did not fit, and the reader has not taken since what it was sent before. */
  private isBehind = false;
  private readonly receivedBy: Dialect['receivedBy'];
  private readonly limits: FeedLimits;
  private readonly clock: Clock;
  private readonly records: DeliveryRecords;
  private readonly frames: DialectFrames;
  /** Of all frames by far the most. */
  private readonly sentMessages: Counter;
  private readonly recipient: Recipient;

  constructor(
    private readonly outlet: Outlet,
    dialect: Pick<Dialect, 'name' | 'receivedBy'>,
    private readonly window: Window,
    { limits, clock, records }: Pick<FeedServices, 'limits' | 'clock' | 'records'>,
  ) {
    this.receivedBy = dialect.receivedBy;
    this.limits = limits;
    this.clock = clock;
    this.records = records;
    this.frames = records.framesOf(dialect.name);
    this.sentMessages = this.frames.of('messageSent');
    this.recipient = { userId: outlet.principal.userId, device: outlet.device, dialect: dialect.name };
  }

  /** Whether the reader keeps up: one that does not must first take all that waits for it. */
  get keepsUp(): boolean {
    return this.hasBytes() && !this.isBehind;
  }

  /** Whether one more may be sent: neither the reader nor the window is behind. */
  get hasRoom(): boolean {
    return !this.isBehind && this.room() > 0;
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
  send(encoded: EncodedEvent, view: ViewerView, track: Track, event: EventToSend): boolean {
    const frame = this.frameOf(encoded, view);
    if (frame === undefined) {
      this.window.passed(track, event.position);
      return true;
    }
    if (!this.fits(frame)) {
      this.isBehind = true;
      return false;
    }
    this.lastEventId += 1;
    this.outlet.send(frame);
    this.awaitReceipt(track, event, this.note(event.told));
    return true;
  }

  /** Sends it before its turn, for nobody to wait for. @returns whether it was sent */
  sendEarly(encoded: EncodedEvent, view: ViewerView, told: DurableEvent): boolean {
    const frame = this.frameOf(encoded, view);
    if (frame === undefined || !this.fits(frame)) return false;
    this.lastEventId += 1;
    this.outlet.send(frame);
    this.records.telling();
    this.note(told);
    return true;
  }

  /** What is no event of the log's. @returns whether it was sent: not, where it would be more than the outlet may hold */
  sendUnnumbered(frame: string | OutgoingFrame, type: EphemeralEvent['type']): boolean {
    if (!this.fits(frame)) return false;
    this.outlet.send(frame);
    this.frames.of(type).add();
    return true;
  }

  /** It is the turn of what was sent early: it has its place among the events that wait to be received, and is not sent again. */
  giveTurn(track: Track, event: EventToSend): void {
    this.lastEventId += 1;
    this.awaitReceipt(track, event, this.remember(event.told));
  }

  /** The client has said that it has the event. @param at when, ms since the epoch */
  noteReceived({ slot, eventId }: Unacked, at: number): void {
    this.records.deliveries.acked(slot, this.recipient, eventId, at);
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

  /** @returns where it is remembered */
  private note(told: EventToSend['told']): number {
    if (told.type === 'messageSent') {
      this.sentMessages.add();
      return this.remember(told);
    }
    // What became of a channel is a change of the chat, told as an event of its own.
    this.frames.of(told.type === 'chatChanged' ? 'channelChanged' : told.type).add();
    return NO_SLOT;
  }

  private remember(told: EventToSend['told']): number {
    if (told.type !== 'messageSent') return NO_SLOT;
    return this.records.deliveries.written(told.message.id, this.recipient, this.lastEventId);
  }

  private awaitReceipt(track: Track, place: EventPlace, slot: number): void {
    this.window.sent(this.lastEventId, track, place, slot);
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

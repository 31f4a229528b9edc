import type { EncodedEvent } from '../dialects/dialect.js';
import type { CatchUpEvent } from '../log/catch-up-events.js';
import type { CatchUpChat, CatchUpPage } from '../log/log-reader.js';
import type { EventToSend } from './event-sender.js';
import type { FeedServices } from './feed-services.js';
import type { IntroducedDevice } from './introduced-device.js';
import { isOwnAnswer } from './own-answer.js';
import { isBeyond } from './positions.js';
import type { Reader } from './reader.js';
import { receiptOf } from './receipt-of.js';
import { showsChat } from './shown-chats.js';
import type { Track } from './track.js';
import { UrgentFirst } from './urgent-first.js';

/** Chats asked for in one query. */
const CHATS_PER_PAGE = 100;
/** Events of one page: enough to make the round trip cheap, few enough to be held in memory whole. */
const MAX_PAGE_EVENTS = 1_000;
const FIRST_PAGE_EVENTS = 250;
/** What a slow reader of large messages is brought down to, so that little is read in vain. */
const MIN_PAGE_EVENTS = 8;

/** The chats that one connection has to be told of from the log, which is read page by page, as fast as the reader takes it. */
export class LogPages {
  private readonly urgent: UrgentFirst;
  private readonly dirty = new Set<Track>();
  private pageEvents = FIRST_PAGE_EVENTS;
  private isClosed = false;

  constructor(
    private readonly reader: Reader,
    private readonly services: FeedServices,
    private readonly device: Pick<IntroducedDevice, 'deviceId'>,
  ) {
    this.urgent = new UrgentFirst(reader, services.reader);
  }

  /** All that was wanted has been read. */
  get isDone(): boolean {
    return this.dirty.size === 0;
  }

  /** Urgent messages among what waits have been sent, where the dialect wants them first. */
  get isUrgentSent(): boolean {
    return this.urgent.isDone;
  }

  /** The chat is to be read, at least up to the change. */
  want(track: Track, change: number): void {
    track.wanted = Math.max(track.wanted, change);
    track.isAsked = false;
    this.dirty.add(track);
  }

  /** What was wanted of the chat is not wanted any more, nor what is being read. */
  forget(track: Track): void {
    this.dirty.delete(track);
  }

  /** The connection is gone: what is being read is not told any more. */
  close(): void {
    this.isClosed = true;
  }

  /** Goes before the first page. */
  sendUrgent(): Promise<void> {
    return this.urgent.send([...this.dirty]);
  }

  /** @returns false where the reader of the connection has no room for more */
  async read(): Promise<boolean> {
    const limit = Math.min(this.reader.sender.room(), this.pageEvents);
    if (limit <= 0) return false;
    const asked = this.nextChats();
    const from = asked.map((track) => track.from);
    const { userId } = this.reader.outlet.principal;
    const asFollower = this.reader.dialect.followsChannels !== 'joined';
    const page = await this.services.reader.catchUp(userId, from, limit, { asFollower });
    // The connection has no subscriptions any more: what they would have shown must not count as passed.
    if (this.isClosed) return false;
    const isOn = this.cleanForeign(asked, page);
    return this.deliver(asked, page, isOn);
  }

  private nextChats(): Track[] {
    const tracks: Track[] = [];
    for (const track of this.dirty) {
      track.isAsked = true;
      tracks.push(track);
      if (tracks.length === CHATS_PER_PAGE) break;
    }
    return tracks;
  }

  /** @returns false where there was not room for all of it */
  private deliver(asked: readonly Track[], page: CatchUpPage, wasOn: boolean): boolean {
    // What was forgotten while it was read is not asked for again.
    const wanted = new Map(asked.filter((track) => this.dirty.has(track)).map((track) => [track.chatId, track]));
    let isOn = wasOn || wanted.size < asked.length;
    this.services.records.telling();
    for (const chat of page.chats) {
      const track = wanted.get(chat.chat.id);
      if (!track) continue;
      const told = this.tell(track, chat);
      const next = chat.events[told];
      if (!next) {
        isOn = this.finish(track, chat) || isOn;
      } else if (isOutdated(track, next, chat)) {
        isOn = true;
      } else {
        this.pageEvents = Math.max(MIN_PAGE_EVENTS, told);
        return false;
      }
    }
    // Asking again at once would go on for ever.
    if (!isOn) throw new Error('the log does not go on');
    this.pageEvents = Math.min(MAX_PAGE_EVENTS, this.pageEvents * 2);
    return true;
  }

  /** @returns how many events there was room for, or came before one that says too little */
  private tell(track: Track, page: CatchUpChat): number {
    const isShown = showsChat(this.reader.dialect, this.reader.outlet, page.chat);
    for (const [index, event] of page.events.entries()) {
      if (!isShown) this.reader.window.passed(track, event.position);
      else if (isOutdated(track, event, page) || !this.tellOne(track, event)) return index;
    }
    return page.events.length;
  }

  private tellOne(track: Track, event: CatchUpEvent): boolean {
    const { sender, window } = this.reader;
    const encoded = this.encode(track, event);
    if (!encoded) {
      window.passed(track, event.position);
      return true;
    }
    if (sender.room() <= 0) return false;
    if (!this.urgent.wasSent(track, event)) return sender.send(encoded, event.view, track, this.placeOf(event));
    sender.giveTurn(track, this.placeOf(event));
    return true;
  }

  private encode(track: Track, { change, event }: CatchUpEvent): EncodedEvent | undefined {
    // The connection's own doing, announced while the page was read.
    if (track.received?.has(change) || isOwnAnswer(event, this.reader.outlet, this.device.deviceId)) return undefined;
    return this.reader.dialect.encodeDurable(event);
  }

  private placeOf({ change, position, event }: CatchUpEvent): EventToSend {
    const { dialect, outlet } = this.reader;
    const { userId } = outlet.principal;
    const receipt = dialect.receivedBy === 'pings' ? receiptOf(event, userId, this.services.groups) : undefined;
    return { change, position, receipt, told: event };
  }

  /** What was wanted when the log was asked had been committed before: unless more was wanted since, the end is the end. */
  private finish(track: Track, { events, end, more }: CatchUpChat): boolean {
    const isAtEnd = !more && (track.isAsked || end.change >= track.wanted);
    const isOn = isAtEnd || !track.isAsked || events.length > 0 || isBeyond(end, track.sent);
    this.reader.window.passed(track, end);
    if (isAtEnd) this.clean(track);
    return isOn;
  }

  /** Chats are answered in the order asked for: one that was left out before another is none of the user's. */
  private cleanForeign(asked: readonly Track[], page: CatchUpPage): boolean {
    const answered = new Set(page.chats.map(({ chat }) => chat.id));
    const last = asked.findLastIndex(({ chatId }) => answered.has(chatId));
    const foreign = asked.slice(0, last < 0 ? asked.length : last).filter(({ chatId }) => !answered.has(chatId));
    for (const track of foreign) if (track.isAsked) this.clean(track);
    return foreign.length > 0;
  }

  private clean(track: Track): void {
    track.wanted = 0;
    this.dirty.delete(track);
  }
}

/**
 * The connection's own doing, announced while the page was read, is not told. But a message is told as it is by then, with what others
 * have done to it since: that is to be read again, by itself.
 */
function isOutdated({ received }: Track, { change }: CatchUpEvent, { end }: CatchUpChat): boolean {
  return change < end.change && received?.has(change) === true;
}

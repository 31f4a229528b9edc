import type { EncodedEvent } from '../dialects/dialect.js';
import type { CatchUpEvent } from '../log/catch-up-events.js';
import type { CatchUpChat, CatchUpFrom, CatchUpPage } from '../log/log-reader.js';
import type { FeedServices } from './feed-services.js';
import { earlierOf, isBeyond } from './positions.js';
import type { Reader } from './reader.js';
import { receiptOf } from './receipt-of.js';
import { showsChat } from './shown-chats.js';
import type { Track } from './track.js';
import { UrgentFirst } from './urgent-first.js';
import type { EventPlace } from './window.js';

/** Chats asked for in one query. */
const CHATS_PER_PAGE = 100;
/** Events of one page: enough to make the round trip cheap, few enough to be held in memory whole. */
const MAX_PAGE_EVENTS = 1_000;
const FIRST_PAGE_EVENTS = 250;
/** What a slow reader of large messages is brought down to, so that little is read in vain. */
const MIN_PAGE_EVENTS = 8;

/** Reads the log for one connection: first which chats to read, then those page by page. */
export class Backfill {
  deviceId?: number;
  private readonly urgent: UrgentFirst;
  private readonly dirty = new Set<Track>();
  /** How often the heads of the user's chats were asked for, and the last of these times that was answered. */
  private headsWanted = 1;
  private headsRead = 0;
  private pageEvents = FIRST_PAGE_EVENTS;

  constructor(
    private readonly reader: Reader,
    private readonly services: FeedServices,
  ) {
    this.deviceId = reader.outlet.deviceId;
    this.urgent = new UrgentFirst(reader, services.reader);
  }

  /** Before that, where a chat not yet followed stands is a guess. */
  areHeadsKnown(): boolean {
    return this.headsRead === this.headsWanted;
  }

  get isDone(): boolean {
    return this.areHeadsKnown() && this.dirty.size === 0;
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

  /** Something may have happened in a chat that is not followed yet. */
  wantHeads(): void {
    this.headsWanted += 1;
  }

  /**
   * Finds the chats in which something has happened that the device has not had.
   * @param interested resolves once all that happens from then on comes in
   */
  async readHeads(interested: () => Promise<void>): Promise<void> {
    const wanted = this.headsWanted;
    await interested();
    const deviceId = (this.deviceId ??= await this.connectDevice());
    await this.services.cursors.settled(deviceId);
    const { userId } = this.reader.outlet.principal;
    for (const head of await this.services.reader.changedChats(deviceId, userId)) this.addHead(head);
    this.headsRead = wanted;
    // Asked for once more meanwhile: what was guessed stays a guess until that is answered.
    if (this.areHeadsKnown()) this.reader.window.settleRest();
  }

  /** Goes before the first page. */
  sendUrgent(): Promise<void> {
    return this.urgent.send([...this.dirty]);
  }

  /** @returns false where the reader of the connection has no room for more */
  async readPage(): Promise<boolean> {
    const limit = Math.min(this.reader.sender.room(), this.pageEvents);
    if (limit <= 0) return false;
    const asked = this.nextChats();
    const from = asked.map((track) => track.from);
    const page = await this.services.reader.catchUp(this.reader.outlet.principal.userId, from, limit);
    const isOn = this.cleanForeign(asked, page);
    return this.deliver(page, isOn);
  }

  private async connectDevice(): Promise<number> {
    const { principal, device: deviceName, session } = this.reader.outlet;
    const { userId, name: userName } = principal;
    const dialect = this.reader.dialect.name;
    const device = session ? `session ${session.name}` : deviceName;
    const { deviceId } = await this.services.devices.connect({ userId, userName, dialect, device });
    return deviceId;
  }

  /**
   * A device seen for the first time begins where its chats stand when the log hears of it. Where the database was away at
   * the upgrade, that is after the connection has opened: what was heard in between is to be told too.
   */
  private addHead({ chatId, position, ahead }: CatchUpFrom): void {
    const { window } = this.reader;
    const known = window.track(chatId);
    const track = known ?? window.open(chatId, position);
    if (!known) window.settle(track, position, ahead);
    else if (known.assumed) window.settle(track, earlierOf(position, known.sent), ahead);
    this.want(track, track.sent.change + 1);
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

  /** @returns false where there was not room for all of it: the rest is read again */
  private deliver(page: CatchUpPage, wasOn: boolean): boolean {
    let isOn = wasOn;
    for (const chat of page.chats) {
      const track = this.reader.window.track(chat.chat.id);
      if (!track) continue;
      const sent = this.tell(track, chat);
      if (sent < chat.events.length) {
        this.pageEvents = Math.max(MIN_PAGE_EVENTS, sent);
        return false;
      }
      isOn = this.finish(track, chat) || isOn;
    }
    // Asking again at once would go on for ever.
    if (!isOn) throw new Error('the log does not go on');
    this.pageEvents = Math.min(MAX_PAGE_EVENTS, this.pageEvents * 2);
    return true;
  }

  /** @returns how many events there was room for */
  private tell(track: Track, { chat, events }: CatchUpChat): number {
    const isShown = showsChat(this.reader.dialect, this.reader.outlet, chat);
    for (const [index, event] of events.entries()) {
      if (!isShown) this.reader.window.passed(track, event.position);
      else if (!this.tellOne(track, event)) return index;
    }
    return events.length;
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
    return track.received?.has(change) ? undefined : this.reader.dialect.encodeDurable(event);
  }

  private placeOf({ change, position, event }: CatchUpEvent): EventPlace {
    const { dialect, outlet } = this.reader;
    const receipt = dialect.receivedBy === 'pings' ? receiptOf(event, outlet.principal.userId) : undefined;
    return { change, position, receipt };
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

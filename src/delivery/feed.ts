import { Logger } from '@nestjs/common';

import type { Dialect } from '../dialects/dialect.js';
import { isStateChange, type Change, type StateChange } from '../domain/changes.js';
import { chatIdFor, type ChatAddress, type Position } from '../domain/chat.js';
import { UnavailableError } from '../domain/errors.js';
import type { EphemeralEvent } from '../domain/events.js';
import type { OutgoingFrame } from '../domain/outgoing-frame.js';
import type { Outlet } from '../domain/outlet.js';
import { AnsweredPings } from './answered-pings.js';
import { ChatHeads } from './chat-heads.js';
import type { CatchUpReason } from './delivery-records.js';
import type { EncodeOnce } from './encode-once.js';
import { EventSender } from './event-sender.js';
import type { FeedServices } from './feed-services.js';
import { IntroducedDevice } from './introduced-device.js';
import { LogPages } from './log-pages.js';
import { isOwnAnswer } from './own-answer.js';
import { positionAfter, positionBefore } from './positions.js';
import { receiptOf } from './receipt-of.js';
import { Runner } from './runner.js';
import { sharesCursor } from './shares-cursor.js';
import { showsChat } from './shown-chats.js';
import type { Track } from './track.js';
import type { ViewerView } from './view-of.js';
import { Window } from './window.js';

/**
 * Carries durable events to one connection: each chat's in its order, each at least once until it is acked.
 *
 * - **backfill**: the log is read from the device's cursors, page by page, as fast as the reader takes it. What
 *   happens meanwhile is not pushed: it only makes its chat *dirty*, to be read as well.
 * - **cutover**: no chat is dirty any more. Nothing is awaited between finding that out and streaming, so
 *   nothing can fall in between.
 * - **streaming**: changes are pushed as they happen. A slow reader, a full window or a hole in what the bus
 *   brings makes a chat dirty and leads back to backfill.
 *
 * A feed may be *held* at first: nothing is read or sent, and what happens makes chats dirty.
 */
export class Feed {
  private static readonly logger = new Logger(Feed.name);

  private phase: 'backfill' | 'streaming' | 'closed' = 'backfill';
  private readonly window: Window;
  private readonly sender: EventSender;
  private readonly device: IntroducedDevice;
  private readonly heads: ChatHeads;
  private readonly pages: LogPages;
  private readonly runner: Runner;
  /** Of dialects without acks. */
  private readonly pings?: AnsweredPings;
  /** Changes of its own for which it was answered. */
  private ownAnswered = 0;
  private isHeld = false;
  private interested: () => Promise<void> = () => Promise.resolve();

  constructor(
    readonly outlet: Outlet,
    readonly dialect: Dialect,
    private readonly services: FeedServices,
  ) {
    this.window = new Window((chatId, position, ahead) => {
      const { deviceId } = this;
      if (deviceId === undefined || !this.keepsCursorIn(chatId)) return;
      services.cursors.moved({ deviceId, chatId, position, ahead });
    });
    this.sender = new EventSender(outlet, dialect, this.window, services);
    const reader = { outlet, dialect, window: this.window, sender: this.sender };
    this.device = new IntroducedDevice(reader, services);
    this.pages = new LogPages(reader, services, this.device);
    this.heads = new ChatHeads(reader, services, this.device, this.pages);
    this.runner = new Runner(
      () => this.catchUp(),
      (error, isFirst) => {
        this.report('catching up', error, isFirst);
      },
    );
    if (dialect.receivedBy === 'pings') this.pings = this.openPings(services);
  }

  get userId(): string {
    return this.outlet.principal.userId;
  }

  /** It is told of channels whether or not its user has joined them. */
  get isFollower(): boolean {
    return this.dialect.followsChannels !== 'joined';
  }

  /** All that came before this moment was sent, as far as this server knows. */
  get hasCaughtUp(): boolean {
    return this.phase === 'streaming';
  }

  /** Known once the database has heard of the connection. */
  get deviceId(): number | undefined {
    return this.device.deviceId;
  }

  /** Its place among all introductions, likewise. */
  get introducedAs(): number | undefined {
    return this.device.introducedAs;
  }

  /** 0 before the first. */
  get lastEventId(): number {
    return this.sender.lastEventId;
  }

  /** Grows with what the connection is told of the chat, by events and by answers. */
  countIn(chatId: number): number {
    return (this.window.track(chatId)?.lastEventId ?? 0) + this.ownAnswered;
  }

  /** ms since the epoch, since when as many events as may be are waiting for their acks. */
  get fullSinceMs(): number | undefined {
    return this.sender.fullSinceMs;
  }

  /** The reader has to take first what it was sent. */
  get isSlow(): boolean {
    return this.phase !== 'closed' && !this.sender.keepsUp;
  }

  /** Ephemeral events are the first that a slow reader does without. @returns whether it was sent */
  sendEphemeral(frame: string | OutgoingFrame, type: EphemeralEvent['type']): boolean {
    if (this.phase === 'closed' || this.isHeld) return false;
    if (this.sender.keepsUp && this.sender.sendUnnumbered(frame, type)) return true;
    this.services.records.drops.ephemeral.add();
    return false;
  }

  /**
   * Begins to catch up. To be called when changes already come in.
   * @param interested resolves once all that concerns the user comes in; asked again when it has failed
   * @param held it begins with `release` only
   */
  start(interested: () => Promise<void>, held = false): void {
    this.interested = interested;
    this.isHeld = held;
    if (!held) this.begin();
  }

  /** Begins what was held; does nothing to a feed that has begun or is closed. */
  release(): void {
    if (!this.isHeld || this.phase === 'closed') return;
    this.isHeld = false;
    this.begin();
  }

  /** Ends it. @returns resolves when it moves no cursor any more; those moved so far are still written */
  async close(): Promise<void> {
    this.phase = 'closed';
    this.heads.close();
    this.pages.close();
    await Promise.all([this.runner.stop(), this.pings?.stop()]);
  }

  /** A chat's next change, for this viewer to see. */
  offer(change: Change, encodeOnce: EncodeOnce, view: ViewerView): void {
    if (!this.isNews(change)) return;
    const isShown = this.shows(change) && !isOwnAnswer(change, this.outlet, this.deviceId);
    if (isShown) this.push(change, encodeOnce, view);
    else this.pass(change);
  }

  /**
   * The next change of a channel that is shown to this viewer, who follows it.
   * @param after whoever has had all up to it lacks nothing before the change; who lacks something reads the log
   */
  offerFollowed(change: Change, encodeOnce: EncodeOnce, after: number): void {
    if (!this.isNews(change)) return;
    const viewer = this.userId;
    if (this.lacksUpTo(change.chat.id, after)) this.want(this.trackOf(change), change.change, 'lost');
    else this.push(change, encodeOnce, { viewer, chatId: chatIdFor(change.chat, viewer) });
  }

  /** A chat's next change, which concerns this viewer and has to come from the log. */
  defer(change: Change): void {
    if (!this.isNews(change)) return;
    if (this.shows(change)) this.want(this.trackOf(change), change.change, 'deferred');
    else this.pass(change);
  }

  /** A chat's next change, which this viewer is not told of. */
  pass(change: Change): void {
    if (this.phase === 'streaming') this.window.passed(this.trackOf(change), positionAfter(change));
  }

  /** The connection is about to be answered for its own doing: what it is sent from then on may be older. */
  answers(change: StateChange): void {
    change.answeredAfter = this.lastEventId;
    // For those who ask later: what was committed with it is answered first.
    queueMicrotask(() => {
      this.ownAnswered += 1;
    });
  }

  /**
   * The connection's own doing, which is being answered, although it may not have come yet as its chat's next change:
   * it waits for an earlier one, or the user's groups are still being read.
   */
  did(change: Change): void {
    if (this.phase === 'closed' || !this.isAnswered(change)) return;
    // What came before it is not known either: where the connection stands in the chat must not be taken from it.
    if (!this.window.track(change.chat.id)) {
      this.heads.wantIn(change.chat.id);
      this.fallBehind('deferred');
    }
    if (this.mustTellOwn(change)) {
      if (!this.isTold(change)) this.want(this.trackOf(change), change.change, 'deferred');
      return;
    }
    const track = this.window.track(change.chat.id);
    if (track && this.heads.areKnown()) {
      this.window.received(track, change.change);
      this.afterAck();
      return;
    }
    this.fallBehind('deferred');
    this.receiveOwn(change);
  }

  /** What it is sent next of the chat is the first that it is sent of it; what came before is not for it. */
  forget(chatId: number): void {
    const track = this.window.track(chatId);
    if (!track) return;
    this.pages.forget(track);
    this.window.forget(track);
  }

  /**
   * Begins to follow channels of which it was not told before. They must come in already.
   * @returns resolves when it is known, and of a session written, where each begins
   */
  follow(chatIds: readonly number[]): Promise<void> {
    for (const chatId of chatIds) this.forget(chatId);
    return this.heads.follow(chatIds);
  }

  /** Something after `from` and up to a change did not reach this server: the log has it. */
  behind(chat: ChatAddress, from: Position, upTo: number): void {
    if (this.phase === 'closed' || this.hasUpTo(chat.id, upTo)) return;
    const track = this.window.track(chat.id);
    // The connection may have begun after what was lost, or in the midst of it.
    if (!track && this.isPlaceKnown(chat)) this.recheck(chat.id);
    else this.want(track ?? this.openTrack(chat, from), from.change + 1, 'lost');
  }

  /**
   * Nobody knows whether something has happened in the chat.
   * @param upTo what came after this change is known
   */
  recheck(chatId: number, upTo = Infinity): void {
    if (this.phase === 'closed' || this.hasUpTo(chatId, upTo)) return;
    const track = this.window.track(chatId);
    // Whatever there is by now: what is just being read may have been asked for before that.
    if (track) {
      this.want(track, upTo, 'lost');
      return;
    }
    this.heads.wantIn(chatId);
    this.fallBehind('lost');
  }

  /** Nobody knows in which chats something has happened. What is told meanwhile of any waits for its place behind that. */
  recheckAll(): void {
    if (this.phase === 'closed') return;
    this.heads.want();
    this.fallBehind('lost');
  }

  /** In which chats something has happened it does not know, and the log is being asked, or will be. */
  get isAsking(): boolean {
    const canAsk = this.phase !== 'closed' && !this.isHeld && !this.device.isRefused;
    return canAsk && !this.heads.areKnown();
  }

  /** The client has the event. An id that is unknown does nothing. */
  acked(eventId: number): void {
    const acked = this.window.acked(eventId);
    if (acked) this.sender.noteReceived(acked, this.services.clock.now());
    this.afterAck();
  }

  /**
   * The last event that no answered ping covers: what a ping sent now is to name. Undefined where there is none, and always in
   * dialects with acks.
   */
  pingMark(): number | undefined {
    return this.pings && this.lastEventId > this.pings.answered ? this.lastEventId : undefined;
  }

  /** A ping that was sent after this event is answered: the client has all up to it. An id that is unknown does nothing. */
  received(eventId: number): void {
    if (eventId <= this.lastEventId) this.pings?.cover(eventId, this.services.clock.now());
  }

  /** The outlet has room again. To be called whenever its buffer has emptied. */
  drained(): void {
    this.sender.noteDrained();
    this.resume();
  }

  /** @returns false for what was told already, and mostly for the connection's own doing: that was answered */
  private isNews(change: Change): boolean {
    if (this.phase === 'closed') return false;
    if (change.origin.connectionId !== this.outlet.connectionId || !this.isAnswered(change))
      return !this.isTold(change);
    if (this.mustTellOwn(change)) return !this.isTold(change);
    this.receiveOwn(change);
    return false;
  }

  /** Of what the connection does itself it knows by the answer; not where there is none, nor in channels that it does not follow. */
  private isAnswered(change: Change): boolean {
    if (this.dialect.bringsBackOwn) return false;
    return !this.isFollower || change.chat.kind !== 'channel' || this.shows(change);
  }

  /** What is not kept beyond the connection begins with the next one anew: channels that it is subscribed to without a session. */
  private keepsCursorIn(chatId: number): boolean {
    if (this.dialect.followsChannels !== 'subscribed' || this.outlet.session) return true;
    return this.services.channels.byId(chatId) === undefined;
  }

  /** Whether it is known, though nothing was sent of it on this connection, from where on the chat is for it. */
  private isPlaceKnown({ id, kind }: ChatAddress): boolean {
    const isShared = sharesCursor(this.outlet);
    if (kind !== 'channel' || !this.isFollower) return !isShared && this.outlet.deviceId !== undefined;
    // Of those that share a cursor it is kept where they began, but not where the bus loses nothing.
    if (isShared && this.services.isBusLossless) return false;
    const isAskedFor = this.services.channels.byId(id) !== undefined && !this.heads.isBeginning(id);
    return isAskedFor && this.keepsCursorIn(id);
  }

  /** Whether something of a followed channel up to the change has passed the connection by: that it followed it was not known then. */
  private lacksUpTo(chatId: number, change: number): boolean {
    const track = this.phase === 'streaming' ? this.window.track(chatId) : undefined;
    return track !== undefined && track.sent.change < change && !this.window.hasAllBefore(track, change + 1);
  }

  private hasUpTo(chatId: number, change: number): boolean {
    const track = this.window.track(chatId);
    return track !== undefined && !track.assumed && track.sent.change >= change;
  }

  private mustTellOwn(change: Change): boolean {
    return isStateChange(change) ? this.isAnswerOutdone(change) : this.comesBack(change);
  }

  /** A message on a topic reaches every subscription that matches, its sender's too (protocol.md, section 6). */
  private comesBack(change: Change): boolean {
    const isTopics = this.dialect.showsSubscribedChatsOnly && !change.chat.users;
    return isTopics && change.type === 'messageSent' && this.shows(change);
  }

  /**
   * Whether the answer to one's own doing is followed by what happened before it. The client, which
   * overwrites what it has with what comes later, must then be told of its own doing again, in its place. One that has been
   * told waits for its ack like any event.
   */
  private isAnswerOutdone(change: StateChange): boolean {
    if (this.isTold(change)) return true;
    const track = this.trackOf(change);
    if (track.lastEventId > (change.answeredAfter ?? 0)) return true;
    if (this.phase === 'streaming') return false;
    if (!track.assumed) return !this.window.hasAllBefore(track, change.change);
    (track.ownChanges ??= []).push(change.change);
    return true;
  }

  private push(change: Change, encodeOnce: EncodeOnce, view: ViewerView): void {
    const encoded = encodeOnce.in(this.dialect);
    if (!encoded) {
      this.pass(change);
      return;
    }
    const track = this.trackOf(change);
    const canPush = this.phase === 'streaming' && this.sender.room() > 0;
    const receipt = this.pings && receiptOf(change, this.userId, this.services.groups);
    const event = { change: change.change, position: encodeOnce.position, receipt, told: change };
    if (canPush && this.sender.send(encoded, view, track, event)) return;
    if (!this.isHeld && !this.sender.hasRoom) this.services.records.drops.durable.add();
    this.want(track, change.change, 'behind');
  }

  private shows({ chat }: Change): boolean {
    return showsChat(this.dialect, this.outlet, chat);
  }

  private isTold(change: Change): boolean {
    const sent = this.window.track(change.chat.id)?.sent ?? this.heads.begunAt(change.chat.id);
    return sent !== undefined && change.change <= sent.change;
  }

  /** What a device did itself it is not told on a later connection either. */
  private receiveOwn(change: Change): void {
    const track = this.trackOf(change);
    if (this.phase === 'streaming') this.window.passed(track, positionAfter(change));
    else if (!this.isTold(change)) this.want(track, change.change, 'deferred');
    this.window.received(track, change.change);
    this.afterAck();
  }

  private trackOf(change: Change): Track {
    return this.window.track(change.chat.id) ?? this.openTrack(change.chat, positionBefore(change));
  }

  private openTrack(chat: ChatAddress, from: Position): Track {
    const isGuess = !this.heads.areKnown();
    const track = this.window.open(chat.id, from, isGuess);
    if (isGuess) this.heads.guessed(chat);
    return track;
  }

  private begin(): void {
    this.services.records.catchUps.connect.add();
    this.runner.start();
  }

  private want(track: Track, change: number, reason: CatchUpReason): void {
    this.pages.want(track, change);
    this.fallBehind(reason);
  }

  private fallBehind(reason: CatchUpReason): void {
    if (this.phase === 'streaming') this.services.records.catchUps[reason].add();
    this.phase = 'backfill';
    this.resume();
  }

  private afterAck(): void {
    this.sender.noteAcks();
    this.resume();
  }

  private resume(): void {
    const canGoOn = !this.heads.areKnown() || this.sender.room() > 0;
    if (this.phase === 'backfill' && canGoOn && !this.isHeld) this.runner.soon();
  }

  private async catchUp(): Promise<void> {
    for (;;) {
      // Even where the connection has closed meanwhile: its own doing has yet to find its place.
      if (this.device.isRefused) return;
      if (!this.heads.areKnown()) await this.heads.read(this.interested);
      else if (this.phase !== 'backfill') return;
      else if (!this.pages.isUrgentSent) await this.pages.sendUrgent();
      else if (this.pages.isDone) this.phase = 'streaming';
      else if (!(await this.pages.read()) && this.heads.areKnown()) return;
    }
  }

  private openPings({ marks }: FeedServices): AnsweredPings {
    return new AnsweredPings(this.userId, this.window, marks, {
      acked: (covered, at) => {
        for (const acked of covered) this.sender.noteReceived(acked, at);
        this.afterAck();
      },
      failed: (error, isFirst) => {
        this.report('marking as delivered', error, isFirst);
      },
    });
  }

  /** The connection stays while the database is away. */
  private report(what: string, error: unknown, isFirst: boolean): void {
    const entry = { err: error, connectionId: this.outlet.connectionId };
    if (!isFirst) Feed.logger.debug(entry, `${what} failed again`);
    else if (error instanceof UnavailableError) Feed.logger.warn(entry, `${what} failed, will try again`);
    else Feed.logger.error(entry, `${what} failed, will try again`);
  }
}

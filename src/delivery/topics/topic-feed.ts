import { Logger } from '@nestjs/common';

import type { Dialect } from '../../dialects/dialect.js';
import type { EphemeralEvent } from '../../domain/events.js';
import type { Counter } from '../../domain/metrics.js';
import { OutgoingFrame } from '../../domain/outgoing-frame.js';
import type { Outlet } from '../../domain/outlet.js';
import type { Principal } from '../../domain/principal.js';
import { userOfPresenceTopic } from '../../domain/topic-patterns.js';
import { mayUse } from '../../domain/topic-permissions.js';
import type {
  OpenedSession,
  SessionRef,
  SessionSubscription,
  Subscriptions,
  TopicMessage,
} from '../../domain/topics.js';
import type { DeliveryRecords } from '../delivery-records.js';
import type { FrameOnce } from '../frame-once.js';
import type { PushedMessages, TopicPlace } from './pushed-messages.js';
import { hasRoomFor } from './room.js';
import { SessionReceipts } from './session-receipts.js';
import { NOT_BEGUN, SubscribedPatterns } from './subscribed-patterns.js';
import { TopicCatchUp, type TopicReader } from './topic-catch-up.js';
import type { TopicServices } from './topic-services.js';
import type { TopicTrie } from './topic-trie.js';
import { WaitingFrames } from './waiting-frames.js';

const NONE: readonly never[] = [];

/** What all topic feeds of this server share. */
export interface TopicSurroundings {
  readonly patterns: Pick<TopicTrie<TopicFeed>, 'add' | 'remove'>;
  readonly pushed: PushedMessages;
  readonly services: Pick<TopicServices, 'history' | 'writer' | 'clock' | 'limits' | 'records'>;
  /** Nobody else commits: what is subscribed to begins with the newest that is known here. */
  readonly knowsAll: boolean;
  /** It was pushed something: `committed` is to be called with the next commits, until that is settled. */
  awaitCommit(feed: TopicFeed): void;
  /** The session is subscribed to these no more. */
  forget(session: SessionRef, patterns: readonly string[]): void;
}

/**
 * What one connection is subscribed to, and what carries it there: the topic messages, and what nobody keeps.
 *
 * - **held**: nothing is sent before `start`. What nobody keeps waits, as far as there is room; messages will come from history.
 * - **behind**: history is read, for a session that is resumed or after a reader was too slow. What is published is not pushed.
 * - **streaming**: what is published is pushed as it comes. A reader who has no room for it falls behind.
 */
export class TopicFeed implements Subscriptions, TopicReader {
  private static readonly logger = new Logger(TopicFeed.name);

  readonly session?: OpenedSession;
  /** What it got has this place among all pushes, or an earlier one. */
  lastPlace = 0;
  private phase: 'held' | 'behind' | 'streaming' | 'closed' = 'held';
  /** Most connections have none. */
  private subscribed?: SubscribedPatterns<TopicFeed>;
  private waiting?: WaitingFrames;
  private catchUp?: TopicCatchUp;
  private readonly receipts?: SessionReceipts;
  private readonly from: number;
  private readonly sentMessages: Counter;

  constructor(
    readonly outlet: Outlet,
    readonly dialect: Dialect,
    private readonly surroundings: TopicSurroundings,
    session?: OpenedSession,
  ) {
    this.from = session?.position ?? surroundings.pushed.newest;
    this.sentMessages = surroundings.services.records.framesOf(dialect.name).of('topicMessage');
    if (!session) return;
    this.session = session;
    this.receipts = new SessionReceipts(session.sessionId, outlet, surroundings.services.writer, this.from);
    for (const { pattern, since } of session.subscriptions) this.addOne(pattern, since);
  }

  get userId(): string {
    return this.outlet.principal.userId;
  }

  get size(): number {
    return this.subscribed?.size ?? 0;
  }

  /** Its reader has to take first what it was sent. */
  get isSlow(): boolean {
    return this.catchUp?.isSlow ?? false;
  }

  has(pattern: string): boolean {
    return this.subscribed?.has(pattern) ?? false;
  }

  matches(topic: string): boolean {
    return this.subscribed?.matches(topic) ?? false;
  }

  patterns(): readonly string[] {
    return this.subscribed?.names() ?? NONE;
  }

  wanted(): readonly SessionSubscription[] {
    return this.subscribed?.all() ?? NONE;
  }

  /** After the connection has closed, nothing. */
  add(patterns: readonly string[]): void {
    if (this.phase === 'closed') return;
    const { knowsAll, pushed } = this.surroundings;
    for (const pattern of patterns) this.addOne(pattern, knowsAll ? pushed.newest : NOT_BEGUN);
  }

  /** Of patterns that were added, and have not begun: what is older than this number was never asked for. */
  begin(patterns: readonly string[], since: number): void {
    for (const pattern of patterns) this.subscribed?.begin(pattern, since);
  }

  /** Whether the message of this number on the topic is for it. */
  wants(topic: string, number: number): boolean {
    return this.subscribed?.want(topic, number) ?? false;
  }

  remove(patterns: readonly string[]): readonly string[] {
    return patterns.filter((pattern) => this.subscribed?.remove(pattern));
  }

  /** What waits may be sent. Once more does nothing. */
  start(): void {
    if (this.phase !== 'held') return;
    this.phase = 'streaming';
    for (const frame of this.waiting ?? NONE) this.sendHanded(frame);
    this.waiting = undefined;
    this.restrictTo(this.outlet.principal);
    if (this.size === 0) return;
    this.openCatchUp({ position: this.from, had: new Set(), gap: this.session?.gap ?? NONE }).start();
  }

  /** What is published now. @returns whether it was sent, or will be as it comes from history */
  push(message: FrameOnce): boolean {
    const frame = this.phase === 'closed' ? undefined : message.in(this.dialect);
    if (!frame) return false;
    if (this.outlet.closed) {
      this.receipts?.missed();
      return false;
    }
    if (this.phase === 'streaming') this.stream(frame);
    else if (this.isSlow) this.drops.topic.add();
    return true;
  }

  /** What nobody keeps. @returns false where it is not shown, or its reader is too slow for it */
  hand(message: FrameOnce): boolean {
    const frame = this.outlet.closed ? undefined : message.in(this.dialect);
    if (!frame || this.phase === 'closed') return false;
    const isTaken = this.phase === 'held' ? this.keep(frame) : !this.isSlow && this.hasRoom(frame);
    if (!isTaken) this.drops.ephemeral.add();
    else if (this.phase !== 'held') this.sendHanded(frame);
    return isTaken;
  }

  send(frame: OutgoingFrame): void {
    this.outlet.send(frame);
    this.sentMessages.add();
  }

  /** More is committed: all of it up to the newest was pushed. */
  committed(): void {
    if (this.phase === 'streaming') this.receipts?.sentUpTo(this.position);
  }

  /** Something on these topics was not pushed, and never will be. Who is behind finds that out. */
  lost(topics: readonly string[]): void {
    if (this.phase === 'streaming' && topics.length > 0) this.tellGap(topics);
  }

  /** The outlet has room again. */
  drained(): void {
    this.catchUp?.drained();
  }

  /**
   * The number up to which a session's connection has been sent all topic messages: what a ping sent now confirms. Undefined where that
   * is nothing new, and always where there is no session.
   */
  pingMark(): number | undefined {
    return this.receipts?.mark(this.position);
  }

  /** A ping that was sent with this mark is answered. */
  received(mark: number): void {
    this.receipts?.received(mark);
  }

  /**
   * Ends what the principal's token does not allow, and tells so. Whose presence is open by being a contact's is not looked up again:
   * exact presence topics stay.
   */
  restrictTo(principal: Principal): void {
    const ended = this.patterns().filter((pattern) => !mayKeep(principal, pattern));
    for (const pattern of ended) {
      this.remove([pattern]);
      this.tell({ type: 'subscriptionsEnded', topics: [pattern], activeSubscriptions: this.size });
    }
    if (this.session && ended.length > 0) this.surroundings.forget(this.session, ended);
  }

  /** The connection is gone. */
  close(): void {
    if (this.phase === 'closed') return;
    this.receipts?.left(this.position);
    this.phase = 'closed';
    this.catchUp?.stop();
    this.remove(this.patterns());
  }

  encode(message: TopicMessage): OutgoingFrame | undefined {
    const text = this.dialect.encodeTopicMessage(message);
    return text === undefined ? undefined : new OutgoingFrame(text);
  }

  tellGap(topics: readonly string[]): void {
    this.tell({ type: 'topicGap', topics });
  }

  sentUpTo(number: number): void {
    this.receipts?.sentUpTo(number);
  }

  caughtUp(): void {
    this.catchUp = undefined;
    this.phase = 'streaming';
    this.awaitCommit(this.surroundings.pushed.nextPlace - 1);
  }

  failed(err: unknown, isFirst: boolean): void {
    const entry = { err, connectionId: this.outlet.connectionId };
    if (isFirst) TopicFeed.logger.warn(entry, 'topics could not be caught up with, will try again');
    else TopicFeed.logger.debug(entry, 'topics could not be caught up with again');
  }

  /** All topic messages up to this number it was sent, as far as they are for it. */
  private get position(): number {
    if (this.phase === 'held') return this.from;
    return this.catchUp?.position ?? this.surroundings.pushed.newest;
  }

  private stream(frame: OutgoingFrame): void {
    const { pushed } = this.surroundings;
    if (this.hasRoom(frame)) {
      this.send(frame);
      this.awaitCommit(pushed.nextPlace);
      return;
    }
    this.drops.topic.add();
    this.openCatchUp(pushed.place()).startDrained();
  }

  private openCatchUp(place: TopicPlace): TopicCatchUp {
    const { pushed, services } = this.surroundings;
    this.phase = 'behind';
    return (this.catchUp = new TopicCatchUp(this, pushed, services, place));
  }

  private awaitCommit(place: number): void {
    if (!this.receipts) return;
    this.lastPlace = place;
    this.surroundings.awaitCommit(this);
  }

  private keep(frame: OutgoingFrame): boolean {
    this.waiting ??= new WaitingFrames(this.surroundings.services.limits.maxBufferedBytes);
    return this.waiting.add(frame);
  }

  private hasRoom(frame: OutgoingFrame): boolean {
    return hasRoomFor(frame, this.outlet, this.surroundings.services.limits.maxBufferedBytes);
  }

  private tell(event: EphemeralEvent): void {
    const frame = this.dialect.encodeEphemeral(event, this.userId, this.surroundings.services.clock.now());
    if (frame === undefined) return;
    this.outlet.send(frame);
    this.records.framesOf(this.dialect.name).of(event.type).add();
  }

  private sendHanded(frame: OutgoingFrame): void {
    this.outlet.send(frame);
    this.records.framesOf(this.dialect.name).of('handed').add();
  }

  private get drops(): DeliveryRecords['drops'] {
    return this.records.drops;
  }

  private get records(): DeliveryRecords {
    return this.surroundings.services.records;
  }

  private addOne(pattern: string, since: number): void {
    this.subscribed ??= new SubscribedPatterns(this.surroundings.patterns, this);
    this.subscribed.add(pattern, since);
  }
}

function mayKeep(principal: Principal, pattern: string): boolean {
  return mayUse(principal, 'subscribe', pattern) || userOfPresenceTopic(pattern) !== undefined;
}

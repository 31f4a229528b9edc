import { MAX_AHEAD, type Position } from '../domain/chat.js';
import type { DeliveredMessages } from '../domain/topics.js';
import { isBeyond } from './positions.js';
import { NO_SLOT } from './recent-deliveries.js';
import { Track, type Unacked } from './track.js';

/** Chats a connection remembers though nothing is going on in them. Forgetting one may repeat an event, never lose one. */
export const MAX_TRACKS = 1_000;

/** Idle tracks are looked for among the oldest only, so that opening one stays cheap. */
const TRACKS_LOOKED_AT = 16;

export type CursorMoved = (chatId: number, position: Position, ahead: readonly number[]) => void;

/** Where an event stands in its chat. */
export interface EventPlace {
  readonly change: number;
  /** How far the connection has got with it. */
  readonly position: Position;
  /** What is to be marked as delivered before the event counts as received. */
  readonly receipt?: DeliveredMessages;
}

/**
 * What was sent on one connection and is not acked, and what that means for the device's cursors: in each chat
 * the cursor stands before the first unacked event, or, where all is acked, as far as the connection has got.
 */
export class Window {
  private readonly tracks = new Map<number, Track>();
  private readonly unacked = new Map<number, Unacked>();

  /** @param moved told of each cursor that moves, within the call that moves it */
  constructor(private readonly moved: CursorMoved) {}

  /** Events sent and not acked. */
  get size(): number {
    return this.unacked.size;
  }

  track(chatId: number): Track | undefined {
    return this.tracks.get(chatId);
  }

  /** Chats of which it is known how far the connection has got. */
  get settledChats(): number[] {
    return Array.from(this.tracks.values(), ({ chatId, assumed }) => (assumed ? [] : chatId)).flat();
  }

  /** Begins to follow a chat of which nothing was sent on this connection yet. */
  open(chatId: number, from: Position, assumed = false): Track {
    if (this.tracks.size >= MAX_TRACKS) this.forgetOne();
    const track = new Track(chatId, from, assumed);
    this.tracks.set(chatId, track);
    return track;
  }

  /**
   * Begins to follow a chat from a position that the log has said, so that the cursor stands there at least. Where something was sent
   * meanwhile it began there.
   */
  follow(chatId: number, from: Position): void {
    const track = this.tracks.get(chatId) ?? this.open(chatId, from);
    if (track.assumed) this.settle(track, track.sent, []);
    this.tell(track);
  }

  /** What is sent next of the chat is sent as if nothing had been. What was sent is acked as ever. */
  forget(track: Track): void {
    if (this.tracks.get(track.chatId) === track) this.tracks.delete(track.chatId);
  }

  /** Puts what the log says in the place of what was assumed. */
  settle(track: Track, from: Position, ahead: Iterable<number>): void {
    track.assumed = false;
    track.sent = from;
    track.cursor = from;
    for (const change of ahead) this.remember(track, change);
    for (const change of track.ownChanges ?? []) if (this.hasAllBefore(track, change)) this.remember(track, change);
    track.ownChanges = undefined;
    if (track.received) this.tell(track);
  }

  /** The log has said what it knows: what is still assumed was right. */
  settleRest(): void {
    for (const track of this.tracks.values()) if (track.assumed) this.settle(track, track.sent, []);
  }

  /**
   * An event was sent, and with it the connection has got to `position`.
   * @param slot where it is remembered when that was
   */
  sent(eventId: number, track: Track, { change, position, receipt }: EventPlace, slot = NO_SLOT): void {
    const unacked = { eventId, track, change, before: track.sent, receipt, slot };
    track.sent = position;
    track.lastEventId = eventId;
    track.unacked.push(unacked);
    this.unacked.set(eventId, unacked);
  }

  /** The connection has got to `position` without an event: nothing up to there concerns it. */
  passed(track: Track, position: Position): void {
    if (!isBeyond(position, track.sent)) return;
    track.sent = position;
    if (track.unacked.length === 0) this.tell(track);
  }

  /** Whether everything before the change was sent, or needs no sending because the device has had it. */
  hasAllBefore(track: Track, change: number): boolean {
    for (let before = track.sent.change + 1; before < change; before++) {
      if (!track.received?.has(before)) return false;
    }
    return true;
  }

  /** The device has had this change without an event that it would ack: it did it itself. */
  received(track: Track, change: number): void {
    const sent = track.unacked.findLast((unacked) => unacked.change <= change);
    if (sent?.change === change) {
      this.settleEvent(sent);
      return;
    }
    if (change <= track.cursor.change) return;
    this.remember(track, change);
    this.tell(track);
  }

  /** An event that is unknown, or acked already, changes nothing. @returns what it was that is acked now */
  acked(eventId: number): Unacked | undefined {
    const unacked = this.unacked.get(eventId);
    if (unacked) this.settleEvent(unacked);
    return unacked;
  }

  /** What was sent and is not acked, up to and including the event, in the order in which it was sent. */
  unackedUpTo(eventId: number): Unacked[] {
    const covered: Unacked[] = [];
    for (const unacked of this.unacked.values()) {
      if (unacked.eventId > eventId) break;
      covered.push(unacked);
    }
    return covered;
  }

  /** All of these are acked; what was already changes nothing. Each chat's cursor moves once. */
  ackedAll(acked: readonly Unacked[]): void {
    const tracks = new Set<Track>();
    for (const unacked of acked) if (this.take(unacked)) tracks.add(unacked.track);
    for (const track of tracks) this.tell(track);
  }

  private settleEvent(unacked: Unacked): void {
    if (this.take(unacked)) this.tell(unacked.track);
  }

  /** @returns whether it was still waiting */
  private take(unacked: Unacked): boolean {
    const { eventId, track, change } = unacked;
    if (!this.unacked.delete(eventId)) return false;
    if (track.unacked[0] === unacked) {
      track.unacked.shift();
    } else {
      track.unacked.splice(track.unacked.indexOf(unacked), 1);
      this.remember(track, change);
    }
    return true;
  }

  private remember(track: Track, change: number): void {
    const received = (track.received ??= new Set());
    if (received.size < MAX_AHEAD) received.add(change);
  }

  /** A cursor must not move on an assumption: what the device has had is told once the log has spoken. */
  private tell(track: Track): void {
    if (track.assumed) return;
    const reached = track.unacked[0]?.before ?? track.sent;
    if (isBeyond(reached, track.cursor)) this.moveCursor(track, reached);
    this.moved(track.chatId, track.cursor, track.received ? [...track.received] : []);
  }

  private moveCursor(track: Track, position: Position): void {
    track.cursor = position;
    if (!track.received) return;
    for (const change of track.received) if (change <= position.change) track.received.delete(change);
    if (track.received.size === 0) track.received = undefined;
  }

  private forgetOne(): void {
    let looked = 0;
    for (const track of this.tracks.values()) {
      if (track.isIdle) {
        this.tracks.delete(track.chatId);
        return;
      }
      if (++looked === TRACKS_LOOKED_AT) return;
    }
  }
}

import type { Change } from '../domain/changes.js';
import type { ChatAddress, Position } from '../domain/chat.js';
import type { Arrivals } from './arrivals.js';
import type { Head } from './bus/bus.js';
import { positionAfter } from './positions.js';

/** Two servers commit in order, but may publish in either: how long a change waits for the ones before it. */
const GAP_WAIT_MS = 10;
/** Changes of one chat that wait; more mean that the one before them is lost. */
const MAX_HELD = 500;
/** Chats whose last change is remembered. A forgotten one is taken for one that is heard of for the first time. */
const MAX_CHATS = 50_000;

export interface SequencedListener {
  /** @param isFirst nothing is known of what came before it */
  inOrder(change: Change, isFirst: boolean): void;
  /** What follows `from`, up to a change, has not come and is no longer waited for. The changes behind the hole come next. */
  hole(chat: ChatAddress, from: Position, upTo: number): void;
  /** Something has happened up to this change, and nothing of it is known here. */
  unheard(chat: ChatAddress, upTo: number): void;
}

/** A chat as far as it was heard of. */
interface Heard {
  readonly chat: ChatAddress;
  position: Position;
  /** The count of arrivals when the last change was heard. */
  at: number;
  /** Came before their time, by change number. */
  readonly held: Map<number, Change>;
  timer?: NodeJS.Timeout;
}

/** Brings what the bus delivers, repeated and out of order as it may be, into each chat's order, once. */
export class Sequencer {
  /** By chat number, the longest unheard of first. */
  private readonly chats = new Map<number, Heard>();

  /** @param heardSince the count of arrivals from which on all of the chat comes in here */
  constructor(
    private readonly listener: SequencedListener,
    private readonly arrivals: Arrivals,
    private readonly heardSince: (chat: ChatAddress) => number | undefined,
  ) {}

  take(change: Change): void {
    const heard = this.chats.get(change.chat.id);
    if (!heard) {
      this.begin(change);
      return;
    }
    if (change.change <= heard.position.change) return;
    if (change.change === heard.position.change + 1) {
      this.advance(heard, change);
      return;
    }
    if (heard.held.size === 0 && !this.hasListenedSince(heard)) {
      this.begin(change);
      return;
    }
    this.hold(heard, change);
  }

  /** A chat has got this far, and all that was told of it up to there has had its time to come. */
  reach({ chat, change, newest }: Head): void {
    const heard = this.chats.get(chat.id);
    if (heard && heard.position.change >= change) return;
    const since = this.heardSince(chat);
    if (since === undefined) return;
    if (heard) this.giveUp(heard);
    if (heard && heard.position.change >= change) return;
    const position = { change, number: newest };
    const before = heard && since <= heard.at ? heard.position : undefined;
    this.remember(heard ?? { chat, position, at: 0, held: new Map() }, position);
    if (before) this.listener.hole(chat, before, change);
    else this.listener.unheard(chat, change);
  }

  close(): void {
    for (const { timer } of this.chats.values()) clearTimeout(timer);
    this.chats.clear();
  }

  /** What was published while nobody here was to hear it is no hole: whoever came since has read the log. */
  private hasListenedSince({ chat, at }: Heard): boolean {
    const since = this.heardSince(chat);
    return since !== undefined && since <= at;
  }

  private begin(change: Change): void {
    this.tell({ chat: change.chat, position: positionAfter(change), at: 0, held: new Map() }, change, true);
  }

  private advance(heard: Heard, change: Change): void {
    this.tell(heard, change);
    if (heard.held.size === 0) return;
    for (let next = this.takeNext(heard); next; next = this.takeNext(heard)) this.tell(heard, next);
    if (heard.held.size === 0) this.stopWaiting(heard);
  }

  private takeNext({ held, position }: Heard): Change | undefined {
    const next = held.get(position.change + 1);
    if (next) held.delete(next.change);
    return next;
  }

  private hold(heard: Heard, change: Change): void {
    heard.held.set(change.change, change);
    if (heard.held.size > MAX_HELD) {
      this.giveUp(heard);
      return;
    }
    heard.timer ??= setTimeout(() => {
      this.giveUp(heard);
    }, GAP_WAIT_MS);
  }

  private giveUp(heard: Heard): void {
    const held = [...heard.held.values()].sort((a, b) => a.change - b.change);
    this.stopWaiting(heard);
    for (const change of held) {
      if (change.change > heard.position.change + 1) {
        this.listener.hole(heard.chat, heard.position, change.change - 1);
      }
      this.tell(heard, change);
    }
  }

  private stopWaiting(heard: Heard): void {
    clearTimeout(heard.timer);
    heard.timer = undefined;
    heard.held.clear();
  }

  private tell(heard: Heard, change: Change, isFirst = false): void {
    this.remember(heard, positionAfter(change));
    this.listener.inOrder(change, isFirst);
  }

  private remember(heard: Heard, position: Position): void {
    const { id } = heard.chat;
    if (!this.chats.delete(id) && this.chats.size >= MAX_CHATS) this.forgetOldest();
    heard.position = position;
    heard.at = this.arrivals.now;
    this.chats.set(id, heard);
  }

  private forgetOldest(): void {
    for (const heard of this.chats.values()) {
      this.giveUp(heard);
      this.chats.delete(heard.chat.id);
      return;
    }
  }
}

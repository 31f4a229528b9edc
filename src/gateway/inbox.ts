import type { HandlingOrder } from '../dispatch/handler.js';

/**
 * How many exclusive frames of one connection run at once. They read, and their answers may be large: together these
 * stay within the order of `MAX_BUFFERED_BYTES`, and no client takes all connections to the database for itself.
 */
export const MAX_RUNNING_EXCLUSIVE = 4;

type FrameState = 'waiting' | 'ready' | 'running' | 'placed' | 'ended';

/** A frame on its way through the inbox. The fields that change are the inbox's alone. */
export abstract class InboxFrame {
  state: FrameState = 'waiting';
  /** The neighbours with the same key that have not ended. */
  before: InboxFrame | undefined;
  after: InboxFrame | undefined;
  /** The one that came next, with whatever key. */
  next: InboxFrame | undefined;
  /** How many barriers came before it. */
  barriersBefore = 0;
  /** The chat, topic or user that the frame concerns; undefined: it may concern any. */
  readonly key: string | undefined;
  readonly order: HandlingOrder;

  constructor(
    key: string | undefined,
    order: HandlingOrder,
    readonly bytes: number,
  ) {
    this.key = order === 'barrier' ? undefined : key;
    this.order = key === undefined && order === 'append' ? 'exclusive' : order;
  }

  /** The frame's turn has come. It may be placed and ended before this returns. */
  abstract start(): void;
}

export interface InboxBounds {
  readonly frames: number;
  readonly bytes: number;
}

/** Told whenever the last frame has ended. An object, so that a connection needs no closure for it. */
export interface InboxOwner {
  inboxEmptied(): void;
}

/**
 * The frames of one connection that wait or run. It decides when each may start:
 * - an `append` once the frame before it with the same key has its place or has ended;
 * - any other once all before it with the same key have ended;
 * - one without a key once all before it on the connection have ended, while it holds up nobody itself;
 * - a `barrier` likewise, and none of those behind it before it has ended.
 *
 * It refuses nothing: whoever adds looks at `full` and stops reading the socket.
 */
export class Inbox {
  /** All that have not ended, as they came; an ended one stays until those before it have ended too. */
  private oldest: InboxFrame | undefined;
  private newest: InboxFrame | undefined;
  /** The newest frame of each key. Made for the first frame: most connections are idle. */
  private tails: Map<string, InboxFrame> | undefined;
  private readyAppends: InboxFrame[] = [];
  private readyExclusives: InboxFrame[] = [];
  /** Of all but appends. */
  private runningExclusives = 0;
  private barriersAdded = 0;
  private barriersEnded = 0;
  private frames = 0;
  private bytes = 0;
  private starting = false;
  private held = false;
  private dropped = false;

  constructor(
    private readonly bounds: InboxBounds,
    private readonly owner: InboxOwner,
  ) {}

  get full(): boolean {
    return this.frames >= this.bounds.frames || this.bytes >= this.bounds.bytes;
  }

  get empty(): boolean {
    return this.frames === 0;
  }

  add(frame: InboxFrame): void {
    if (this.dropped) return;
    this.frames += 1;
    this.bytes += frame.bytes;
    if (this.newest) this.newest.next = frame;
    else this.oldest = frame;
    this.newest = frame;
    frame.barriersBefore = this.barriersAdded;
    if (frame.order === 'barrier') this.barriersAdded += 1;
    this.enterLane(frame);
    this.consider(frame);
    this.startReady();
  }

  /** The frame has its place in its chat's order. Told again, or too late, it changes nothing. */
  placed(frame: InboxFrame): void {
    if (frame.state !== 'running') return;
    frame.state = 'placed';
    this.consider(frame.after);
    this.startReady();
  }

  /** The frame is done. Told once, of a frame that was started. */
  ended(frame: InboxFrame): void {
    frame.state = 'ended';
    this.frames -= 1;
    this.bytes -= frame.bytes;
    if (frame.order !== 'append') this.runningExclusives -= 1;
    this.leaveLane(frame);
    this.passEnded();
    if (frame.order === 'barrier') this.openBarrier(frame);
    this.startReady();
    if (this.empty) this.owner.inboxEmptied();
  }

  /** While held, nothing but appends starts: the client has not taken the answers that it was given. */
  hold(held: boolean): void {
    if (held === this.held) return;
    this.held = held;
    this.startReady();
  }

  /** Forgets all that has not started, for good; what runs may end. */
  drop(): void {
    if (this.dropped) return;
    this.dropped = true;
    for (let frame = this.oldest; frame; frame = frame.next) {
      if (frame.state !== 'waiting' && frame.state !== 'ready') continue;
      this.frames -= 1;
      this.bytes -= frame.bytes;
    }
    this.oldest = this.newest = this.tails = undefined;
    this.readyAppends = [];
    this.readyExclusives = [];
    if (this.empty) this.owner.inboxEmptied();
  }

  private consider(frame: InboxFrame | undefined): void {
    if (frame?.state !== 'waiting' || this.dropped || !this.mayStart(frame)) return;
    frame.state = 'ready';
    (frame.order === 'append' ? this.readyAppends : this.readyExclusives).push(frame);
  }

  private mayStart(frame: InboxFrame): boolean {
    if (frame.barriersBefore > this.barriersEnded) return false;
    if (frame.key === undefined) return frame === this.oldest;
    if (frame.order === 'exclusive') return frame.before === undefined;
    return frame.before === undefined || frame.before.state === 'placed';
  }

  /** A loop, not a recursion: a frame that is placed as it starts makes the next one ready. */
  private startReady(): void {
    if (this.starting) return;
    this.starting = true;
    for (let frame = this.takeReady(); frame; frame = this.takeReady()) {
      frame.state = 'running';
      if (frame.order !== 'append') this.runningExclusives += 1;
      frame.start();
    }
    this.starting = false;
  }

  private takeReady(): InboxFrame | undefined {
    const append = this.readyAppends.shift();
    if (append) return append;
    if (this.held || this.runningExclusives >= MAX_RUNNING_EXCLUSIVE) return undefined;
    return this.readyExclusives.shift();
  }

  /** All up to the next barrier, and that one, have waited for this moment. */
  private openBarrier(barrier: InboxFrame): void {
    this.barriersEnded += 1;
    for (let frame = barrier.next; frame; frame = frame.next) {
      this.consider(frame);
      if (frame.order === 'barrier') return;
    }
  }

  private enterLane(frame: InboxFrame): void {
    if (frame.key === undefined) return;
    this.tails ??= new Map();
    frame.before = this.tails.get(frame.key);
    if (frame.before) frame.before.after = frame;
    this.tails.set(frame.key, frame);
  }

  private leaveLane(frame: InboxFrame): void {
    const { key, before, after } = frame;
    frame.before = frame.after = undefined;
    if (before) before.after = after;
    if (after) after.before = before;
    if (key === undefined) return;
    if (this.tails?.get(key) === frame) this.moveTail(key, before);
    this.consider(after);
  }

  private moveTail(key: string, tail: InboxFrame | undefined): void {
    if (tail) this.tails?.set(key, tail);
    else this.tails?.delete(key);
  }

  private passEnded(): void {
    while (this.oldest?.state === 'ended') this.oldest = this.oldest.next;
    if (this.oldest === undefined) this.newest = undefined;
    this.consider(this.oldest);
  }
}

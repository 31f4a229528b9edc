import type { PositionPings } from './position-pings.js';

/** So many events may wait until a ping goes at once: a fast sender must not fill the window before. */
const HASTY_EVENTS = 256;

/** What is confirmed by pings: numbers that only grow. */
export interface PingedPosition {
  pingMark(): number | undefined;
  received(mark: number): void;
}

/** The connection, as far as its pings need it. */
export interface PingedConnection {
  readonly closed: boolean;
  readonly feed: PingedPosition;
  readonly topics: PingedPosition;
  /** To be sent behind all that was sent before. */
  sendPing(payload: string): void;
}

interface OpenPing {
  readonly payload: string;
  readonly event?: number;
  readonly topic?: number;
}

/**
 * Asks one client how far it has got, in dialects without acks: a WebSocket ping whose payload names the position. Whoever
 * answers with that payload has read all that was sent before it. One ping is open at a time.
 */
export class PositionPing {
  private open: OpenPing | undefined;
  /** A ping of another kind was sent since, and a client needs to answer the last one only (RFC 6455, section 5.5.3). */
  private isOvertaken = false;
  private confirmedEvent = 0;

  constructor(
    private readonly connection: PingedConnection,
    private readonly queue: PositionPings,
  ) {}

  /** Something was sent that is to be confirmed. */
  want(): void {
    if (this.open) return;
    const waiting = (this.connection.feed.pingMark() ?? 0) - this.confirmedEvent;
    if (waiting < HASTY_EVENTS) this.queue.add(this);
    else this.send();
  }

  /** Sends one now, where there is anything to confirm. */
  send(): void {
    this.queue.remove(this);
    if (this.open || this.connection.closed) return;
    const event = this.connection.feed.pingMark();
    const topic = this.connection.topics.pingMark();
    if (event === undefined && topic === undefined) return;
    this.open = { payload: `p${event ?? ''}.${topic ?? ''}`, event, topic };
    this.isOvertaken = false;
    this.connection.sendPing(this.open.payload);
  }

  /** Another ping, without a payload, follows. */
  overtaken(): void {
    this.isOvertaken = true;
  }

  /** Only the open ping's own payload confirms. */
  answered(payload: string): void {
    const { open } = this;
    if (!open) return;
    const isPassedOver = payload === '' && this.isOvertaken;
    if (payload !== open.payload && !isPassedOver) return;
    this.open = undefined;
    if (!isPassedOver) this.confirm(open);
    if (this.hasMore()) this.want();
  }

  /** Nothing more is asked. */
  end(): void {
    this.queue.remove(this);
  }

  private confirm({ event, topic }: OpenPing): void {
    if (event !== undefined) {
      this.confirmedEvent = event;
      this.connection.feed.received(event);
    }
    if (topic !== undefined) this.connection.topics.received(topic);
  }

  private hasMore(): boolean {
    const { feed, topics } = this.connection;
    return (feed.pingMark() ?? topics.pingMark()) !== undefined;
  }
}

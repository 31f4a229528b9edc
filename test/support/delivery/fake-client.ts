import type { Feed } from '../../../src/delivery/feed.js';
import type { Change } from '../../../src/domain/changes.js';
import type { DeliveryHarness } from './delivery-harness.js';
import { framesOf, type FakeDialect, type FakeFrame } from './fake-dialect.js';
import { FakeOutlet } from './fake-outlet.js';

/** A named device that comes and goes. Over all its connections it checks that what it is told is as promised. */
export class FakeClient {
  /** Where the bus loses something, what it has had may come again. */
  mayHearAgain = false;
  private connection?: { readonly outlet: FakeOutlet; readonly feed: Feed };
  /** What it was told at least once, as `chat:change`. */
  private readonly told = new Set<string>();
  /** What it acked, or did and had answered, on earlier connections and on this one. */
  private readonly settledBefore = new Set<string>();
  private readonly settledNow = new Set<string>();
  /** What it acked on any connection. */
  private readonly acked = new Set<string>();
  private readonly edited = new Set<string>();
  private readonly unacked: FakeFrame[] = [];
  private readonly lastChange = new Map<number, number>();
  /** What it was told before its turn on this connection. */
  private readonly urgent = new Set<string>();
  private taken = 0;
  private lastId = 0;

  constructor(
    private readonly delivery: DeliveryHarness,
    private readonly dialect: FakeDialect,
    readonly userId: string,
    private readonly device: string,
  ) {}

  get name(): string {
    return `${this.device} of ${this.userId}`;
  }

  get isConnected(): boolean {
    return this.connection !== undefined;
  }

  get connectionId(): string | undefined {
    return this.connection?.outlet.connectionId;
  }

  /** Whether it knows of the change, by being told or by its own doing. */
  has({ chat, change }: Change): boolean {
    const key = `${chat.id}:${change}`;
    return this.edited.has(key) || this.told.has(key) || this.settledBefore.has(key) || this.settledNow.has(key);
  }

  /** Whether it was told of the change and has said so. */
  hasAcked({ chat, change }: Change): boolean {
    return this.acked.has(`${chat.id}:${change}`);
  }

  connect(): void {
    this.disconnect();
    const outlet = new FakeOutlet(this.userId, this.device);
    this.connection = { outlet, feed: this.delivery.hub.join(outlet, this.dialect) };
  }

  disconnect(): void {
    if (!this.connection) return;
    this.take();
    this.connection.outlet.closed = true;
    this.delivery.hub.leave(this.connection.feed);
    this.connection = undefined;
    for (const key of this.settledNow) this.settledBefore.add(key);
    this.settledNow.clear();
    this.lastChange.clear();
    this.unacked.length = 0;
    this.urgent.clear();
    this.taken = 0;
    this.lastId = 0;
  }

  /**
   * Its request was answered, if it is still there to hear that. An edit may be told all the same: in its place, behind what
   * it had not been told before.
   */
  answered({ chat, change, origin, type }: Change): void {
    if (origin.connectionId === undefined || origin.connectionId !== this.connectionId) return;
    if (this.dialect.bringsBackOwn) return;
    this.take();
    const key = `${chat.id}:${change}`;
    if (type === 'messageEdited') {
      this.edited.add(key);
      return;
    }
    this.settledNow.add(key);
    // Told before it was announced, it needs no ack any more.
    const index = this.unacked.findIndex((frame) => keyOf(frame) === key);
    if (index >= 0) this.unacked.splice(index, 1);
  }

  /** Takes what has come. */
  take(): void {
    if (!this.connection) return;
    const { outlet } = this.connection;
    for (const frame of framesOf(outlet.frames.slice(this.taken))) this.check(frame);
    expect(outlet.bufferedBytes).toBeLessThanOrEqual(this.delivery.limits.maxBufferedBytes);
    const inTurn = this.unacked.filter((frame) => !this.mayComeEarly(frame));
    expect(inTurn.length).toBeLessThanOrEqual(this.delivery.limits.maxUnackedEvents);
  }

  /** Acks the `nth` of what waits for it, or answers a ping that was sent behind that. */
  ack(nth: number): void {
    this.take();
    const frame = this.unacked[nth % Math.max(1, this.unacked.length)];
    if (!frame) return;
    if (this.dialect.receivedBy === 'pings') {
      this.answerPing(frame.id);
      return;
    }
    this.settle(frame);
    this.connection?.feed.acked(frame.id);
  }

  ackAll(): void {
    this.take();
    if (this.dialect.receivedBy === 'pings') this.answerPing(this.connection?.feed.pingMark() ?? 0);
    else while (this.unacked.length > 0) this.ack(0);
  }

  stall(): void {
    if (this.connection) this.connection.outlet.isSlow = true;
  }

  drain(): void {
    if (!this.connection) return;
    this.connection.outlet.isSlow = false;
    this.connection.outlet.bufferedBytes = 0;
    this.connection.feed.drained();
  }

  private answerPing(eventId: number): void {
    for (const frame of this.unacked.filter(({ id }) => id <= eventId)) this.settle(frame);
    this.connection?.feed.received(eventId);
  }

  /** It has the event and need not hear of it again; of one that came before its turn it may. */
  private settle(frame: FakeFrame): void {
    this.unacked.splice(this.unacked.indexOf(frame), 1);
    this.acked.add(keyOf(frame));
    if (!this.mayComeEarly(frame)) this.settledNow.add(keyOf(frame));
  }

  private check(frame: FakeFrame): void {
    const key = keyOf(frame);
    this.taken += 1;
    this.checkId(frame);
    this.checkOrder(frame);
    if (!this.mayHearAgain) expect(this.settledBefore).not.toContain(key);
    this.checkMissed(frame);
    this.told.add(key);
    this.unacked.push(frame);
  }

  /** Whoever acks events counts them; who does not is not shown their numbers, and some of them stand for no frame. */
  private checkId({ id }: FakeFrame): void {
    if (this.dialect.receivedBy === 'acks') expect(id).toBe(this.taken);
    else expect(id).toBeGreaterThan(this.lastId);
    this.lastId = id;
  }

  private checkOrder(frame: FakeFrame): void {
    const { chat = 0, change = 0 } = frame;
    if (this.mayComeEarly(frame)) {
      expect(this.urgent).not.toContain(keyOf(frame));
      this.urgent.add(keyOf(frame));
      return;
    }
    expect(change).toBeGreaterThan(this.lastChange.get(chat) ?? 0);
    this.lastChange.set(chat, change);
  }

  private mayComeEarly({ isUrgent = false }: FakeFrame): boolean {
    return isUrgent && this.dialect.receivedBy === 'pings' && this.dialect.showsDialogs;
  }

  /** Pushed, it is what was missed when it happened; read back, what is missed by now. */
  private checkMissed({ type, chat = 0, change = 0, number = 0, missed, isReadBack }: FakeFrame): void {
    if (type !== 'messageSent' || isReadBack || this.dialect.followsChannels === 'all') return;
    expect(missed).toBe(this.delivery.log.missedAt(chat, this.userId, number, change));
  }
}

function keyOf({ chat, change }: FakeFrame): string {
  return `${chat}:${change}`;
}

import type { Dialect } from '../../../src/dialects/dialect.js';
import type { TopicFeed } from '../../../src/delivery/topics/topic-feed.js';
import { patternMatches } from '../../../src/domain/topic-patterns.js';
import type { TopicMessage } from '../../../src/domain/topics.js';
import type { DeliveryHarness } from './delivery-harness.js';
import { FakeOutlet } from './fake-outlet.js';
import { idsIn } from './topic-messages.js';

/** A subscriber, with a session or without, that comes and goes. It knows what it has to be told, and what it may not be told. */
export class FakeTopicClient {
  private connection?: { readonly outlet: FakeOutlet; readonly feed: TopicFeed };
  /** What it is subscribed to, each after how many had been sent. Of a session this outlives the connection. */
  private readonly patterns = new Map<string, number>();
  /** What was published while it was subscribed, and may not be lost as long as it stays so: topics by id. */
  private readonly due = new Map<string, string>();
  private readonly told = new Set<string>();
  private readonly confirmed = new Set<string>();
  private takenHere: string[] = [];
  private ping?: { readonly mark: number; readonly covers: readonly string[] };

  constructor(
    private readonly delivery: DeliveryHarness,
    private readonly dialect: Dialect,
    readonly userId: string,
    private readonly session?: string,
  ) {}

  get isConnected(): boolean {
    return this.connection !== undefined;
  }

  async connect(): Promise<void> {
    this.disconnect();
    const { topicHub } = this.delivery;
    const outlet = new FakeOutlet(this.userId);
    if (this.session !== undefined) outlet.session = await topicHub.openSession(this.userId, this.session);
    const feed = topicHub.join(outlet, this.dialect, outlet.session);
    this.connection = { outlet, feed };
    feed.start();
  }

  disconnect(): void {
    if (!this.connection) return;
    this.take();
    this.connection.outlet.closed = true;
    this.delivery.topicHub.leave(this.connection.feed);
    this.connection = undefined;
    this.ping = undefined;
    this.takenHere = [];
    this.forgetUnconfirmed();
    if (this.session !== undefined) return;
    this.patterns.clear();
    this.due.clear();
  }

  /** @param sentBefore how many messages have been sent by anybody */
  subscribe(pattern: string, sentBefore: number): void {
    if (!this.connection) return;
    const { feed } = this.connection;
    if (feed.session) this.delivery.topicLog.subscribe(feed.session.sessionId, [pattern]);
    feed.add([pattern]);
    if (!this.patterns.has(pattern)) this.patterns.set(pattern, sentBefore);
  }

  async unsubscribe(pattern: string): Promise<void> {
    if (!this.connection) return;
    const { feed } = this.connection;
    if (feed.session) await this.delivery.topicLog.unsubscribe(feed.session.sessionId, [pattern]);
    feed.remove([pattern]);
    this.patterns.delete(pattern);
    for (const [id, topic] of this.due) if (!this.wants(topic, countOf(id))) this.due.delete(id);
  }

  /** It is published now. */
  published({ id, topic }: TopicMessage): void {
    this.due.set(id, topic);
  }

  /** It was not kept: who was not pushed it does without. */
  failed({ id }: TopicMessage): void {
    this.due.delete(id);
  }

  stall(): void {
    if (this.connection) this.connection.outlet.isSlow = true;
  }

  /** Takes all that waits for it, and what follows at once. */
  drain(): void {
    if (this.connection) this.connection.outlet.isSlow = false;
    this.trickle();
  }

  /** Takes all that waits for it. */
  trickle(): void {
    if (!this.connection) return;
    this.connection.outlet.bufferedBytes = 0;
    this.connection.feed.drained();
  }

  /** Is sent a ping, if one is due. Up to its mark the answer confirms what it has been sent until then. */
  pinged(): void {
    const mark = this.connection?.feed.pingMark();
    if (mark === undefined) return;
    this.take();
    const { topicLog } = this.delivery;
    this.ping = { mark, covers: this.takenHere.filter((id) => topicLog.numberOf(id) <= mark) };
  }

  /** Answers it. */
  answer(): void {
    if (!this.connection || !this.ping) return;
    this.connection.feed.received(this.ping.mark);
    for (const id of this.ping.covers) this.confirmed.add(id);
    this.ping = undefined;
  }

  /** Takes what has come, and checks it: nothing twice on a connection, and, but for those that were committed first, all in the order of publishing. */
  take(): void {
    if (!this.connection) return;
    const ids = idsIn(this.connection.outlet);
    expect(ids).toEqual([...new Set(ids)]);
    const inOrder = ids.map(Number).filter((count) => !Number.isNaN(count));
    expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
    expect(this.connection.outlet.bufferedBytes).toBeLessThanOrEqual(this.delivery.limits.maxBufferedBytes);
    for (const id of ids.slice(this.takenHere.length)) {
      if (this.isOfEarlierConnection(id)) throw new Error(`${id} was confirmed and came again`);
      this.told.add(id);
    }
    this.takenHere = ids;
  }

  /** Whether it is subscribed to the topic, and was so before the message of this count was sent. */
  wants(topic: string, count: number): boolean {
    for (const [pattern, since] of this.patterns) if (since < count && patternMatches(pattern, topic)) return true;
    return false;
  }

  /** What it has to be told and was not. */
  get missing(): string[] {
    return [...this.due.keys()].filter((id) => !this.told.has(id));
  }

  /** What no ping has confirmed is told again. */
  private forgetUnconfirmed(): void {
    for (const id of this.told) if (!this.confirmed.has(id)) this.told.delete(id);
  }

  private isOfEarlierConnection(id: string): boolean {
    return this.confirmed.has(id) && !this.takenHere.includes(id);
  }
}

/** Ids count what is sent; those of messages with a key have a letter before. */
function countOf(id: string): number {
  return Number(id.replace('k', ''));
}

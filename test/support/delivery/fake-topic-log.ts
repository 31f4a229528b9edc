import type { DomainEvents } from '../../../src/domain/domain-events.js';
import { UnavailableError } from '../../../src/domain/errors.js';
import { patternMatches } from '../../../src/domain/topic-patterns.js';
import type { OpenedSession, SessionSubscription, TopicMessage } from '../../../src/domain/topics.js';
import type { NumberedTopicMessage, TopicHistory } from '../../../src/log/topic-history.js';

type MissedPage = Awaited<ReturnType<TopicHistory['missed']>>;

interface FakeSession {
  readonly sessionId: number;
  readonly since: Map<string, number>;
  position: number;
}

/** Topics' histories and sessions in memory, each answer some turns of the loop late. A test says when what is queued is committed. */
export class FakeTopicLog {
  isAway = false;
  /** Turns of the event loop before and after the reading of history, in a cycle. */
  delays: readonly number[] = [0];
  reads = 0;
  readonly touched: number[] = [];
  private calls = 0;
  private readonly queue: TopicMessage[] = [];
  private readonly kept: NumberedTopicMessage[] = [];
  private untold: TopicMessage[] = [];
  private readonly goneTo = new Map<string, number>();
  private last = 0;
  private readonly sessions = new Map<string, FakeSession>();

  constructor(private readonly events: DomainEvents) {}

  append(message: TopicMessage): void {
    this.queue.push(message);
  }

  /** The first of what is queued is in the database. */
  store(count = this.queue.length): void {
    for (const message of this.queue.splice(0, count)) {
      this.last += 1;
      this.kept.push({ ...message, number: this.last });
      this.untold.push(message);
    }
  }

  /** What is in the database is told. */
  tell(): void {
    const messages = this.untold;
    this.untold = [];
    if (messages.length > 0) this.events.emit('topicsCommitted', { messages, newest: this.last, failed: [] });
  }

  commit(): void {
    this.store();
    this.tell();
  }

  /** The first of what is queued cannot be kept. */
  fail(): void {
    const failed = this.queue.splice(0, 1);
    if (failed.length > 0) this.events.emit('topicsCommitted', { messages: [], newest: 0, failed });
  }

  /** History forgets the topic. */
  prune(topic: string): void {
    this.goneTo.set(topic, this.last);
    const left = this.kept.filter((message) => message.topic !== topic);
    this.kept.splice(0, this.kept.length, ...left);
  }

  /** Infinity where it is not committed. */
  numberOf(id: string): number {
    return this.kept.find((message) => message.id === id)?.number ?? Infinity;
  }

  async newest(): Promise<number> {
    return this.last;
  }

  async missed(subscriptions: readonly SessionSubscription[], above: number, limit: number): Promise<MissedPage> {
    this.reads += 1;
    await this.delay();
    if (this.isAway) throw new UnavailableError('away');
    const page = this.read(subscriptions, above, limit);
    await this.delay();
    return page;
  }

  async heads(above: number, upTo: number, limit: number): Promise<readonly NumberedTopicMessage[]> {
    this.reads += 1;
    await this.delay();
    if (this.isAway) throw new UnavailableError('away');
    return this.kept.filter(({ number }) => number > above && number <= upTo).slice(0, limit);
  }

  async numbered(numbers: readonly number[]): Promise<readonly NumberedTopicMessage[]> {
    await this.delay();
    return this.kept.filter(({ number }) => numbers.includes(number));
  }

  async gone(above: number): Promise<ReadonlyMap<string, number>> {
    return new Map([...this.goneTo].filter(([, number]) => number > above));
  }

  async open(userId: string, name: string): Promise<OpenedSession> {
    if (this.isAway) throw new UnavailableError('away');
    const key = `${userId} ${name}`;
    const found = this.sessions.get(key);
    const session: FakeSession = found ?? {
      sessionId: this.sessions.size + 1,
      since: new Map<string, number>(),
      position: this.last,
    };
    this.sessions.set(key, session);
    const { sessionId, position } = session;
    const subscriptions = Array.from(session.since, ([pattern, since]) => ({ pattern, since }));
    const { gap } = this.read(subscriptions, position, 0);
    return { sessionId, name, position, subscriptions, gap, resumed: found !== undefined && gap.length === 0 };
  }

  /** As the subscriptions service does before it adds them. */
  subscribe(sessionId: number, patterns: readonly string[]): void {
    const { since } = this.session(sessionId);
    for (const pattern of patterns) if (!since.has(pattern)) since.set(pattern, this.last);
  }

  async unsubscribe(sessionId: number, patterns: readonly string[]): Promise<void> {
    for (const pattern of patterns) this.session(sessionId).since.delete(pattern);
  }

  async savePositions(moves: readonly { readonly sessionId: number; readonly position: number }[]): Promise<void> {
    if (this.isAway) throw new UnavailableError('away');
    for (const { sessionId, position } of moves) {
      const session = this.session(sessionId);
      session.position = Math.max(session.position, position);
    }
  }

  async touch(sessionIds: readonly number[]): Promise<void> {
    this.touched.push(...sessionIds);
  }

  session(sessionId: number): FakeSession {
    for (const session of this.sessions.values()) if (session.sessionId === sessionId) return session;
    throw new Error(`there is no session ${sessionId}`);
  }

  private read(subscriptions: readonly SessionSubscription[], above: number, limit: number): MissedPage {
    const isWanted = (topic: string, number: number) =>
      number > above && subscriptions.some(({ pattern, since }) => number > since && patternMatches(pattern, topic));
    const found = this.kept.filter(({ topic, number }) => isWanted(topic, number));
    const messages = found.slice(0, limit);
    const more = found.length > limit;
    const gap = [...this.goneTo].filter(([topic, number]) => isWanted(topic, number)).map(([topic]) => topic);
    return { messages, more, end: more ? (messages.at(-1)?.number ?? above) : this.last, gap };
  }

  private async delay(): Promise<void> {
    const turns = this.delays[this.calls++ % this.delays.length] ?? 0;
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

import type { Clock } from '../../domain/clock.js';
import type { OpenedSession } from '../../domain/topics.js';
import type { Bus, Subscription } from '../bus/bus.js';
import { topicSubject } from '../bus/subjects.js';

/** A connection opens well within it, or never. */
const MAX_WAIT_MS = 10_000;

interface Expected {
  readonly subscriptions: readonly Subscription[];
  readonly since: number;
}

/** This server's interest in what sessions are subscribed to whose connections are about to open: their Welcome is the answer. */
export class ExpectedSessions {
  /** By session number, the longest expected first. */
  private readonly expected = new Map<number, Expected>();

  constructor(
    private readonly bus: Bus,
    private readonly clock: Clock,
  ) {}

  /** Resolves once whatever is published from then on comes in. */
  async expect({ sessionId, subscriptions: wanted }: OpenedSession): Promise<void> {
    this.endOlder();
    this.arrived(sessionId);
    const subscriptions = wanted.map(({ pattern }) => this.bus.subscribe(topicSubject(pattern)));
    this.expected.set(sessionId, { subscriptions, since: this.clock.now() });
    await Promise.all(subscriptions.map(({ ready }) => ready));
  }

  /** Its connection listens by itself. */
  arrived(sessionId: number): void {
    for (const subscription of this.expected.get(sessionId)?.subscriptions ?? []) subscription.end();
    this.expected.delete(sessionId);
  }

  end(): void {
    for (const sessionId of [...this.expected.keys()]) this.arrived(sessionId);
  }

  private endOlder(): void {
    const time = this.clock.now() - MAX_WAIT_MS;
    for (const [sessionId, { since }] of this.expected) {
      if (since >= time) return;
      this.arrived(sessionId);
    }
  }
}

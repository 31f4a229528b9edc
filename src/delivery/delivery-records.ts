import type { Change } from '../domain/changes.js';
import type { Clock } from '../domain/clock.js';
import type { DialectName } from '../domain/dialect-name.js';
import { FramesOut } from '../domain/frames-out.js';
import type { Counter, Metrics } from '../domain/metrics.js';
import { RecentDeliveries } from './recent-deliveries.js';
import { RecentPublications } from './recent-publications.js';

/**
 * Why a feed reads the log: it begins; its reader or its window had no room for what was pushed; something did not come over the bus,
 * or nobody knows whether it has; or what is to be told stands in the log only.
 */
export type CatchUpReason = 'connect' | 'behind' | 'lost' | 'deferred';

/** What this server notes of what it sends, for operators: numbers, and the times of the last messages. Made once. */
export class DeliveryRecords {
  readonly deliveries: RecentDeliveries;
  readonly publications: RecentPublications;
  readonly framesOut: FramesOut;
  readonly drops: Readonly<Record<'durable' | 'topic' | 'ephemeral', Counter>>;
  readonly catchUps: Readonly<Record<CatchUpReason, Counter>>;

  /** @param journeyDeliveries of how many deliveries, and of how many messages, times are remembered */
  constructor(
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    journeyDeliveries: number,
  ) {
    const { drops, catchUps } = metrics;
    this.deliveries = new RecentDeliveries(journeyDeliveries);
    this.publications = new RecentPublications(journeyDeliveries);
    this.framesOut = new FramesOut(metrics.framesOut);
    this.drops = { durable: drops.of('durable'), topic: drops.of('topic'), ephemeral: drops.of('ephemeral') };
    this.catchUps = {
      connect: catchUps.of('connect'),
      behind: catchUps.of('behind'),
      lost: catchUps.of('lost'),
      deferred: catchUps.of('deferred'),
    };
  }

  framesOf(dialect: DialectName): ReturnType<FramesOut['by']> {
    return this.framesOut.by(dialect);
  }

  /** Changes of this server go to all servers. */
  published(changes: readonly Change[]): void {
    const now = this.clock.now();
    for (const change of changes) if (change.type === 'messageSent') this.publications.add(change.message.id, now);
  }

  /** Connections are about to be told something. */
  telling(): void {
    this.deliveries.writingAt = this.clock.now();
  }

  /** The connections here that a change is for have been told it, or know that they have to read it. */
  told({ queuedAt }: Change): void {
    if (queuedAt === undefined) return;
    this.metrics.deliverySeconds.observe((performance.now() - queuedAt) / 1_000);
  }
}

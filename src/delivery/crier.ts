import { Logger } from '@nestjs/common';

import type { Clock } from '../domain/clock.js';
import type { Announcement } from '../domain/events.js';
import { feedsOf, type TopicAudience } from './audience.js';
import type { DeliveryRecords } from './delivery-records.js';
import { EphemeralFrames } from './ephemeral-frames.js';
import type { Feed } from './feed.js';
import type { Hub } from './hub.js';

/** Tells ephemeral events to those of their audience who are connected here. A reader who is slow does without them. */
export class Crier {
  private readonly logger = new Logger(Crier.name);

  constructor(
    private readonly hub: Hub,
    private readonly topics: TopicAudience,
    private readonly records: DeliveryRecords,
    private readonly clock: Clock,
  ) {}

  /**
   * Each connection once.
   *
   * @param at when it was announced, ms
   * @returns how many were told
   */
  tell({ audience, event }: Announcement, at = this.clock.now()): number {
    const frames = new EphemeralFrames(event, at);
    let told = 0;
    for (const feed of feedsOf(audience, this.hub, this.topics, (dialect) => frames.in(dialect) !== undefined)) {
      if (this.tellOne(feed, event, frames)) told += 1;
    }
    return told;
  }

  private tellOne(feed: Feed, { type }: Announcement['event'], frames: EphemeralFrames): boolean {
    try {
      const frame = frames.in(feed.dialect, feed.userId);
      if (frame === undefined) return false;
      if (!this.topics.feedById(feed.outlet.connectionId)?.isSlow) return feed.sendEphemeral(frame, type);
      this.records.drops.ephemeral.add();
      return false;
    } catch (error) {
      this.logger.error({ err: error, type }, 'an announcement could not be made');
      return false;
    }
  }
}

import type { OnModuleInit } from '@nestjs/common';

import type { Metrics } from '../domain/metrics.js';
import { connectionsByDialect } from './connections-by-dialect.js';
import type { CursorWriter } from './cursor-writer.js';
import type { Hub } from './hub.js';
import type { TopicHub } from './topics/topic-hub.js';

/** What can be read of delivery at any time. Nothing of it is counted before somebody asks. */
export class DeliveryGauges implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly hub: Hub,
    private readonly topics: Pick<TopicHub, 'feedById'>,
    private readonly cursors: Pick<CursorWriter, 'size'>,
  ) {}

  onModuleInit(): void {
    const { metrics, hub, cursors } = this;
    metrics.watch('connections', () => Object.entries(connectionsByDialect(hub)));
    metrics.watch('users', () => [['', hub.userCount]]);
    metrics.watch('slowReaders', () => [['', this.slowReaders()]]);
    metrics.watch('cursorQueue', () => [['', cursors.size]]);
  }

  private slowReaders(): number {
    let slow = 0;
    for (const feed of this.hub.feeds) {
      if (feed.isSlow || this.topics.feedById(feed.outlet.connectionId)?.isSlow) slow += 1;
    }
    return slow;
  }
}

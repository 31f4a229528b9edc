import { Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { DomainEvents } from '../domain/domain-events.js';
import { Metrics } from '../domain/metrics.js';
import type { TopicMessage } from '../domain/topics.js';
import { NO_TRACING, Tracing } from '../domain/tracing.js';
import { TopicRecipients } from './topic-recipients.js';
import { TopicWriter, type TopicAppended } from './topic-writer.js';

export type { TopicAppended } from './topic-writer.js';

/** How a topic message wants to be kept. */
export interface TopicKeeping {
  /** ms; absent: as long as history keeps; 0: not at all. */
  readonly ttlMs?: number;
  /** Within 24 h a message of the same sender with it, in the same topic, is the same message. */
  readonly key?: string;
}

/**
 * Appends to the topics' histories. What it has answered is committed.
 *
 * All topics of all servers are one stream with one dense numbering, committed in the order of its numbers. So one number says how
 * far somebody has received all that he is subscribed to.
 */
@Injectable()
export class TopicLog implements OnApplicationShutdown {
  private readonly writer: TopicWriter;
  private readonly recipients: TopicRecipients;

  constructor(
    dataSource: DataSource,
    private readonly database: Database,
    private readonly config: Config,
    events: DomainEvents,
    metrics: Metrics,
    @Optional() tracing: Tracing = NO_TRACING,
  ) {
    this.writer = new TopicWriter(config.log, {
      tracing,
      connect: () => dataSource.createQueryRunner(),
      committed: (committed) => {
        events.emit('topicsCommitted', committed);
      },
    });
    this.recipients = new TopicRecipients(database);
    metrics.watch('topicQueue', () => [['', this.writer.queued]]);
  }

  /**
   * Queues the message within this call; resolves after the commit. With a key that was used within 24 h nothing is stored, and the
   * answer is the first message's, also when the two race on different servers.
   *
   * @throws UnavailableError the database is away or behind: the outcome is unknown, a retry with the same key is safe
   */
  append(message: TopicMessage, { ttlMs, key }: TopicKeeping): Promise<TopicAppended> {
    return this.writer.append({ message, key, expiresAt: this.expiryOf(message, ttlMs) });
  }

  /** Written behind, best effort: a retry with the key is answered with this count. */
  noteRecipients(message: TopicMessage, key: string, recipients: number): void {
    this.recipients.note({ message, key, recipients });
  }

  /** The count of a message that another server has pushed; absent where this one is alone, or nobody has noted it. */
  async notedRecipients(message: TopicMessage, key: string): Promise<number | undefined> {
    const { nats, answerMs } = this.config.bus;
    return nats && this.recipients.noted(message, key, answerMs).catch(() => undefined);
  }

  /** The number of the newest committed message, 0 before the first. */
  async newest(): Promise<number> {
    const [clock] = await this.database.query<{ newest: number }>('select newest from topic_clock');
    return clock?.newest ?? 0;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.writer.close(), this.recipients.close()]);
  }

  private expiryOf({ at }: TopicMessage, ttlMs = Infinity): number | undefined {
    const { historyMs, historyMessages } = this.config.topics;
    const keptMs = Math.min(ttlMs, historyMs);
    return keptMs > 0 && historyMessages > 0 ? Math.ceil(at + keptMs) : undefined;
  }
}

import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { Clock } from '../domain/clock.js';
import { DomainEvents } from '../domain/domain-events.js';
import { KEY_TTL_MS } from './topic-append-statement.js';

/** Between two passes. Readers don't see what is due; it only takes up room. */
const PAUSE_MS = 5_000;
/** Rows of one transaction: some 10 ms, the longest that an append may have to wait. */
const BATCH_ROWS = 1_000;
const BATCH_TOPICS = 20;
/** Topics that wait to be looked at; what is over is found when it is appended to again, or when it expires. */
const MAX_PENDING_TOPICS = 100_000;
/** Servers' clocks differ, and a slow reader may be behind by this much. */
const HOUR_MS = 3_600_000;

/**
 * Makes room: deletes what histories no longer show, keys that no retry can have any more, sessions that were forgotten. Every
 * server does so, none waits for another.
 */
@Injectable()
export class TopicPruner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(TopicPruner.name);
  /** Appended to by this server since they were last seen within their count. */
  private readonly topics = new Set<string>();
  private nextHead = '';
  private nextSession = 0;
  private timer?: NodeJS.Timeout;
  private pass?: Promise<void>;
  private isStopped = false;
  private readonly stopListening: () => void;

  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly clock: Clock,
    events: DomainEvents,
  ) {
    this.stopListening = events.on('topicsCommitted', ({ messages }) => {
      for (const { topic } of messages) if (this.topics.size < MAX_PENDING_TOPICS) this.topics.add(topic);
    });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.pass ??= this.tryToPrune();
    }, PAUSE_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    this.stopListening();
    await this.pass;
  }

  /** One pass over all that is due, and over a slice of the topics and sessions that may be. */
  async prune(): Promise<void> {
    const now = this.clock.now();
    await this.pruneOverfull(now);
    await this.inBatches('select prune_expired_topics($1, $2) as gone', now);
    await this.inBatches('select prune_topic_keys($1, $2) as gone', now - KEY_TTL_MS - HOUR_MS);
    await this.pruneSlices(now);
  }

  private async tryToPrune(): Promise<void> {
    try {
      await this.prune();
    } catch (error) {
      this.logger.warn({ err: error }, 'topics could not be pruned, will try again');
    }
    this.pass = undefined;
  }

  private async pruneOverfull(now: number): Promise<void> {
    for (let round = [...this.topics]; round.length > 0;) {
      const unfinished: string[] = [];
      while (round.length > 0 && !this.isStopped) {
        unfinished.push(...(await this.pruneTopics(round.splice(0, BATCH_TOPICS), now)));
      }
      round = unfinished;
    }
  }

  /** @returns those of which there may be more to go, now */
  private async pruneTopics(topics: readonly string[], now: number): Promise<string[]> {
    const { historyMessages } = this.config.topics;
    for (const topic of topics) this.topics.delete(topic);
    const over = await this.database.query<{ o_topic: string; o_gone: number }>(
      'select * from prune_overfull_topics($1, $2, $3, $4)',
      [topics, historyMessages, BATCH_ROWS / BATCH_TOPICS, now],
    );
    // Those that were locked are for the next pass.
    for (const { o_topic, o_gone } of over) if (o_gone === 0) this.topics.add(o_topic);
    return over.filter(({ o_gone }) => o_gone > 0).map(({ o_topic }) => o_topic);
  }

  private async inBatches(statement: string, before: number): Promise<void> {
    for (let gone = BATCH_ROWS; gone === BATCH_ROWS && !this.isStopped;) {
      const [row] = await this.database.query<{ gone: number }>(statement, [before, BATCH_ROWS]);
      gone = row?.gone ?? 0;
    }
  }

  private async pruneSlices(now: number): Promise<void> {
    const { historyMs, sessionTtlMs } = this.config.topics;
    // A head says what is gone, so it stays as long as anybody may come back to what was.
    const quietSince = now - Math.max(historyMs, sessionTtlMs, HOUR_MS);
    const [heads] = await this.database.query<{ next: string | null }>('select prune_topic_heads($1, $2, $3) as next', [
      this.nextHead,
      quietSince,
      BATCH_ROWS,
    ]);
    this.nextHead = heads?.next ?? '';
    const [sessions] = await this.database.query<{ next: number | null }>('select prune_sessions($1, $2, $3) as next', [
      this.nextSession,
      now - sessionTtlMs,
      BATCH_ROWS,
    ]);
    this.nextSession = sessions?.next ?? 0;
  }
}

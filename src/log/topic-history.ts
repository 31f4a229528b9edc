import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { Clock } from '../domain/clock.js';
import type { TopicHistoryMessage } from '../domain/payloads.js';
import type { SessionSubscription } from '../domain/topics.js';
import { messagesOf, type NumberedTopicMessage, type TopicRow } from './topic-row.js';
import { rangeOf } from './topic-range.js';

/** After so many bytes of payloads a page of history ends. */
const MAX_PAGE_BYTES = 524_288;

export type { NumberedTopicMessage } from './topic-row.js';

export interface TopicHistoryQuery {
  readonly topic: string;
  readonly limit: number;
  /** Ids of messages, exclusive. */
  readonly before?: string;
  readonly after?: string;
  /** ms since the epoch, inclusive. */
  readonly since?: number;
}

export interface TopicHistoryPage {
  /** Oldest first. */
  readonly messages: readonly TopicHistoryMessage[];
  /** There are more in the direction in which the page was read. */
  readonly hasMore: boolean;
}

export interface MissedTopicMessages {
  readonly messages: readonly NumberedTopicMessage[];
  /** All that was asked for up to here is in `messages`. */
  readonly end: number;
  /** There may be more above `end`, also where `messages` is empty. */
  readonly more: boolean;
  /** Topics of which something above the beginning was sent that history does not have. */
  readonly gap: readonly string[];
}

/** A topic message without its content. */
export type TopicHead = Pick<NumberedTopicMessage, 'number' | 'id' | 'topic'>;

/**
 * Reads what topics keep: the newest `TOPIC_HISTORY_MESSAGES` of the last `TOPIC_HISTORY_S`, each for its `ttl` at most. The limits
 * hold exactly, whatever was pruned. Throws `UnavailableError` while the database is away.
 */
@Injectable()
export class TopicHistory {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * The newest `limit` messages (before `before`); with `after` or `since` alone the oldest `limit` from there. Fewer where they are
   * large.
   *
   * @returns undefined where `before` or `after` names no message that the topic's history has
   */
  async page({ topic, limit, before, after, since }: TopicHistoryQuery): Promise<TopicHistoryPage | undefined> {
    const [end, ...rows] = await this.database.query<Omit<TopicRow, 'o_topic'> & { o_has_more: boolean }>(
      'select * from topic_page($1, $2, $3, $4, $5, $6, $7, $8)',
      [topic, before, after, since, limit, ...this.limits(MAX_PAGE_BYTES)],
    );
    if (!end) return undefined;
    const messages = messagesOf(rows.map((row) => ({ ...row, o_topic: topic })));
    return { messages: messages.map(withoutNumber), hasMore: end.o_has_more };
  }

  /**
   * What the subscriptions match above `above`, each from its own beginning, in the order of the numbers. At most `limit`, fewer
   * where they are large, none perhaps where much else has to be passed over: `more` alone says whether to ask again, from `end`.
   */
  async missed(
    subscriptions: readonly SessionSubscription[],
    above: number,
    limit: number,
  ): Promise<MissedTopicMessages> {
    const [end, ...rows] = await this.database.query<TopicRow & { o_more: boolean; o_gap: string[] }>(
      'select * from topic_missed($1, $2, $3, $4, $5, $6, $7, $8, $9)',
      [...rangesOf(subscriptions), above, limit, ...this.limits(this.config.limits.maxBufferedBytes)],
    );
    if (!end) throw new Error('topic_missed answered nothing');
    return { messages: messagesOf(rows), end: end.o_number, more: end.o_more, gap: end.o_gap };
  }

  /** The `gap` that `missed` would tell of. */
  async gap(subscriptions: readonly SessionSubscription[], above: number): Promise<readonly string[]> {
    const { historyMessages } = this.config.topics;
    const rows = await this.database.query<{ o_topic: string }>(
      'select o_topic from topics_above($1, $2, $3, $4, $5, $6, $7) where o_has_gap',
      [...rangesOf(subscriptions), above, historyMessages, this.clock.now()],
    );
    return rows.map(({ o_topic }) => o_topic);
  }

  /** What is kept above `above`, up to `upTo`, in the order of the numbers: of all topics, at most `limit`. */
  heads(above: number, upTo: number, limit: number): Promise<readonly TopicHead[]> {
    return this.database.query<TopicHead>(
      'select number, message_id as id, topic from topic_messages where number > $1 and number <= $2 order by number limit $3',
      [above, upTo, limit],
    );
  }

  /** Those of these messages that are kept, in the order of the numbers. */
  async numbered(numbers: readonly number[]): Promise<readonly NumberedTopicMessage[]> {
    const rows = await this.database.query<TopicRow>(
      `select number as o_number, topic as o_topic, message_id as o_message_id, sender as o_sender, payload as o_payload,
        metadata as o_metadata, at as o_at from topic_messages where number = any ($1) and expires_at > $2 order by number`,
      [numbers, this.clock.now()],
    );
    return messagesOf(rows);
  }

  /** Topics of which something above `above` is kept no more, or never was, with the newest of that. */
  async gone(above: number): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database.query<{ topic: string; goneTo: number }>(
      'select topic, gone_to as "goneTo" from topic_heads where gone_to > $1',
      [above],
    );
    return new Map(rows.map(({ topic, goneTo }) => [topic, goneTo]));
  }

  /** Bytes of a page at most; what history keeps by count; now. */
  private limits(pageBytes: number): [number, number, number] {
    return [pageBytes, this.config.topics.historyMessages, this.clock.now()];
  }
}

function rangesOf(subscriptions: readonly SessionSubscription[]): unknown[] {
  const ranges = subscriptions.map(({ pattern }) => rangeOf(pattern));
  return [
    ranges.map(({ low }) => low),
    ranges.map(({ high }) => high),
    ranges.map(({ expression }) => expression),
    subscriptions.map(({ since }) => since),
  ];
}

function withoutNumber({
  id,
  topic,
  sender,
  payloadJson,
  metadataJson,
  at,
}: NumberedTopicMessage): TopicHistoryMessage {
  return { id, topic, sender, payloadJson, metadataJson, at };
}

import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { Clock } from '../../domain/clock.js';
import type { TopicMessage } from '../../domain/topics.js';
import { MAX_PAGE_BYTES } from '../chats/page-bytes.js';

/** Rows of one transaction: some 10 ms, the longest that an append may have to wait. */
const BATCH_ROWS = 1_000;

/** A topic whose history holds something. */
export interface KeptTopic {
  readonly topic: string;
  readonly messages: number;
  /** ms since the epoch. */
  readonly newestAt: number;
}

export type KeptMessage = TopicMessage & {
  /** Its place in the stream of all topic messages. */
  readonly number: number;
};

export interface KeptPage {
  /** Newest first. */
  readonly messages: readonly KeptMessage[];
  readonly hasMore: boolean;
}

interface MessageRow {
  readonly o_number: number;
  readonly o_message_id: string;
  readonly o_sender: string;
  readonly o_payload: string;
  readonly o_metadata: string | null;
  readonly o_at: number;
  readonly o_found: number;
}

/** What topics keep, for operators. */
@Injectable()
export class KeptTopicsRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** In the order of their names, behind `after`. */
  async list(after: string, limit: number): Promise<readonly KeptTopic[]> {
    const rows = await this.database.query<{ o_topic: string; o_messages: number; o_newest_at: number }>(
      'select * from kept_topics($1, $2, $3, $4)',
      [after, limit, ...this.limits()],
    );
    return rows.map((row) => ({ topic: row.o_topic, messages: row.o_messages, newestAt: row.o_newest_at }));
  }

  /** @param below the number of a topic message */
  async page(topic: string, limit: number, below = Number.MAX_SAFE_INTEGER): Promise<KeptPage> {
    const rows = await this.database.query<MessageRow>('select * from topic_page_below($1, $2, $3, $4, $5, $6)', [
      ...[topic, below, limit, MAX_PAGE_BYTES],
      ...this.limits(),
    ]);
    return { messages: rows.map((row) => messageOf(topic, row)), hasMore: (rows[0]?.o_found ?? 0) > rows.length };
  }

  /** Takes away all that the history has now. What comes meanwhile stays. */
  async purge(topic: string): Promise<void> {
    const sql = 'select coalesce(max(number), 0) as newest from topic_messages where topic = $1';
    const [found] = await this.database.query<{ newest: number }>(sql, [topic]);
    for (let gone = BATCH_ROWS; gone === BATCH_ROWS;) {
      const [row] = await this.database.query<{ gone: number }>('select purge_topic($1, $2, $3, $4) as gone', [
        ...[topic, found?.newest, BATCH_ROWS, this.clock.now()],
      ]);
      gone = row?.gone ?? 0;
    }
  }

  /** What history keeps by count; now. */
  private limits(): [number, number] {
    return [this.config.topics.historyMessages, this.clock.now()];
  }
}

function messageOf(topic: string, row: MessageRow): KeptMessage {
  return {
    number: row.o_number,
    id: row.o_message_id,
    topic,
    sender: row.o_sender,
    payloadJson: row.o_payload,
    metadataJson: row.o_metadata ?? undefined,
    at: row.o_at,
  };
}

import type { Clock } from '../../domain/clock.js';
import type { SessionStore } from '../../log/session-store.js';
import type { TopicHistory } from '../../log/topic-history.js';
import type { TopicLog } from '../../log/topic-log.js';
import type { DeliveryRecords } from '../delivery-records.js';
import type { SessionWriter } from './session-writer.js';

/** What the delivery of topic messages needs of the rest of the server, made once. */
export abstract class TopicServices {
  abstract readonly log: Pick<TopicLog, 'newest'>;
  abstract readonly history: Pick<TopicHistory, 'missed' | 'heads' | 'numbered' | 'gone'>;
  abstract readonly sessions: Pick<SessionStore, 'open' | 'unsubscribe' | 'touch'>;
  abstract readonly writer: SessionWriter;
  abstract readonly clock: Clock;
  abstract readonly records: DeliveryRecords;
  abstract readonly limits: TopicLimits;
}

export interface TopicLimits {
  /** Bytes that wait for one slow reader. */
  readonly maxBufferedBytes: number;
  /** How long subscriptions outlive the connection of their session. */
  readonly sessionTtlMs: number;
}

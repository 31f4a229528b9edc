import type { ChannelsConfig } from '../config/config.js';
import type { Clock } from '../domain/clock.js';
import type { DomainEvents } from '../domain/domain-events.js';
import type { DeliveryMarks } from '../domain/topics.js';
import type { ChannelDirectory } from '../log/channel-directory.js';
import type { DeviceStore } from '../log/device-store.js';
import type { LogReader } from '../log/log-reader.js';
import type { CursorWriter } from './cursor-writer.js';
import type { DeliveryRecords } from './delivery-records.js';

/** What every feed of this server needs, made once. */
export abstract class FeedServices {
  abstract readonly reader: Pick<LogReader, 'changedChats' | 'changedAmong' | 'catchUp' | 'urgent' | 'heads'>;
  abstract readonly devices: Pick<DeviceStore, 'connect' | 'disconnect'>;
  abstract readonly cursors: CursorWriter;
  abstract readonly marks: DeliveryMarks;
  abstract readonly channels: Pick<ChannelDirectory, 'all' | 'byId' | 'addressOf'>;
  abstract readonly groups: Membership;
  abstract readonly events: Pick<DomainEvents, 'emit'>;
  abstract readonly clock: Clock;
  abstract readonly records: DeliveryRecords;
  /** What came before a change that is heard was heard too. */
  abstract readonly isBusLossless: boolean;
  abstract readonly limits: FeedLimits;
  abstract readonly resuming: Pick<ChannelsConfig, 'resumeWindowMs' | 'maxResumedFrames'>;
}

export interface Membership {
  /** Whether a user who is connected here is in the group or channel. */
  has(chatId: number, userId: string): boolean;
}

export interface FeedLimits {
  /** Events sent and not acked on one connection. */
  readonly maxUnackedEvents: number;
  /** Bytes that wait for one slow reader. */
  readonly maxBufferedBytes: number;
}

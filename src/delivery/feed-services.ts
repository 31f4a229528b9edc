import type { Clock } from '../domain/clock.js';
import type { DeliveryMarks } from '../domain/topics.js';
import type { DeviceStore } from '../log/device-store.js';
import type { LogReader } from '../log/log-reader.js';
import type { CursorWriter } from './cursor-writer.js';

/** What every feed of this server needs, made once. */
export abstract class FeedServices {
  abstract readonly reader: Pick<LogReader, 'changedChats' | 'catchUp' | 'urgent'>;
  abstract readonly devices: Pick<DeviceStore, 'connect' | 'disconnect'>;
  abstract readonly cursors: CursorWriter;
  abstract readonly marks: DeliveryMarks;
  abstract readonly clock: Clock;
  abstract readonly limits: FeedLimits;
}

export interface FeedLimits {
  /** Events sent and not acked on one connection. */
  readonly maxUnackedEvents: number;
  /** Bytes that wait for one slow reader. */
  readonly maxBufferedBytes: number;
}

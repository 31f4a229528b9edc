import type { Config } from '../config/config.js';
import type { Hub } from '../delivery/hub.js';
import type { TopicHub } from '../delivery/topics/topic-hub.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { FramesIn } from '../dispatch/frames-in.js';
import type { Clock } from '../domain/clock.js';
import type { DomainEvents } from '../domain/domain-events.js';
import type { FramesOut } from '../domain/frames-out.js';
import type { Metrics } from '../domain/metrics.js';
import type { PositionPings } from './position-pings.js';
import type { Undecided } from './undecided.js';
import type { WriteTick } from './write-tick.js';

/** What the connections of this server need of the rest of it. */
export abstract class Surroundings {
  abstract readonly dispatcher: Pick<Dispatcher, 'dispatch' | 'handledAs' | 'orderOf' | 'refused' | 'retryAfterMs'>;
  abstract readonly framesIn: Pick<FramesIn, 'wentWell'>;
  abstract readonly metrics: Pick<Metrics, 'closes' | 'framesOut'>;
  abstract readonly hub: Pick<Hub, 'introduce' | 'join' | 'leave'>;
  abstract readonly topicHub: Pick<TopicHub, 'join' | 'leave'>;
  abstract readonly clock: Clock;
  abstract readonly events: DomainEvents;
  abstract readonly config: Pick<Config, 'limits' | 'heartbeat' | 'auth'>;
}

/** What all connections of this server share. */
export interface ConnectionServices extends Surroundings {
  readonly tick: WriteTick;
  readonly pings: PositionPings;
  readonly undecided: Undecided;
  readonly framesOut: FramesOut;
  /** The socket is gone. */
  readonly gone: (connectionId: string) => void;
}

import type { Config } from '../config/config.js';
import type { Hub } from '../delivery/hub.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { Clock } from '../domain/clock.js';
import type { DomainEvents } from '../domain/domain-events.js';
import type { WriteTick } from './write-tick.js';

/** What all connections of this server share. */
export interface ConnectionServices {
  readonly dispatcher: Pick<Dispatcher, 'dispatch' | 'orderOf' | 'retryAfterMs'>;
  readonly hub: Pick<Hub, 'join' | 'leave'>;
  readonly clock: Clock;
  readonly events: DomainEvents;
  readonly config: Pick<Config, 'limits' | 'heartbeat' | 'auth'>;
  readonly tick: WriteTick;
  /** The socket is gone. */
  readonly gone: (connectionId: string) => void;
}

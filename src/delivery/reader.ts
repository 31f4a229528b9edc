import type { Dialect } from '../dialects/dialect.js';
import type { Outlet } from '../domain/outlet.js';
import type { EventSender } from './event-sender.js';
import type { Window } from './window.js';

/** One connection, and what is known of how far it has got. */
export interface Reader {
  readonly outlet: Outlet;
  readonly dialect: Dialect;
  readonly window: Window;
  readonly sender: EventSender;
}

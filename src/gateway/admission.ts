import type { Dialect } from '../dialects/dialect.js';
import type { Principal } from '../domain/principal.js';
import type { OpenedSession } from '../domain/topics.js';

/** What the upgrade has settled about a connection before there is one. */
export interface Admission {
  readonly principal: Principal;
  /** Where the client is, as far as those in between are believed. */
  readonly address: string;
  readonly dialect: Dialect;
  /** The dialects that the first frame may choose instead. Absent: the dialect is fixed. */
  readonly others?: readonly Dialect[];
  /** '' where nobody named one. */
  readonly device: string;
  /** Absent while the database is away: the feed asks again. */
  readonly deviceId?: number;
  /** Likewise: its place among all introductions. */
  readonly introducedAs?: number;
  /** Where subscriptions are to outlive the connection (`?session=`). */
  readonly session?: OpenedSession;
  /** False: the client wants no answers to its acks (`?ackResponses=false`). */
  readonly ackResponses: boolean;
}

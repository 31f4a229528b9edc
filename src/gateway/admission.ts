import type { Dialect } from '../dialects/dialect.js';
import type { Principal } from '../domain/principal.js';

/** What the upgrade has settled about a connection before there is one. */
export interface Admission {
  readonly principal: Principal;
  readonly dialect: Dialect;
  /** '' where nobody named one. */
  readonly device: string;
  /** Absent while the database is away: the feed asks again. */
  readonly deviceId?: number;
  /** False: the client wants no answers to its acks (`?ackResponses=false`). */
  readonly ackResponses: boolean;
}

import type { Hub } from '../delivery/hub.js';
import type { DialectName } from '../domain/dialect-name.js';
import type { Principal } from '../domain/principal.js';

export type Arrival = Parameters<Hub['introduce']>[0];

/**
 * A device of the user connects, with the token that the principal is made of.
 *
 * @param device the name of what has a cursor of its own: a device's, or `session ` and a session's
 */
export function arrivalOf({ userId, name, token, topics }: Principal, dialect: DialectName, device: string): Arrival {
  return { userId, userName: name, dialect, device, token, topics };
}

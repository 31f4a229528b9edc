import type { DialectName } from '../domain/dialect-name.js';
import type { Hub } from './hub.js';

/** How many connections of each dialect are open here. Whether a client asked for everything that it has makes no difference. */
export function connectionsByDialect({ speakers }: Pick<Hub, 'speakers'>): Record<DialectName, number> {
  const connections = { messaging: 0, concord: 0, realtime: 0 };
  for (const [{ name }, feeds] of speakers) connections[name] += feeds.size;
  return connections;
}

import type { OpenedDevice } from './bus/bus.js';
import type { Feed } from './feed.js';

/** What the connection is of, by name; undefined for an unnamed device, and until the database has heard of it. */
export function openedDeviceOf(feed: Feed): OpenedDevice | undefined {
  const { userId, dialect, introducedAs, outlet } = feed;
  const { device, session } = outlet;
  if (introducedAs === undefined || (device === '' && !session)) return undefined;
  return { userId, dialect: dialect.name, device, sessionId: session?.sessionId, introducedAs };
}

/** Whether the connection is of that device or session. Of the same user. */
export function isOfDevice({ dialect, outlet }: Feed, { device, sessionId, ...other }: NamedDevice): boolean {
  if (dialect.name !== other.dialect) return false;
  if (sessionId !== undefined && sessionId === outlet.session?.sessionId) return true;
  return device !== '' && device === outlet.device;
}

type NamedDevice = Pick<OpenedDevice, 'dialect' | 'device' | 'sessionId'>;

/**
 * Whether the older of two connections here, in the order in which they have opened, is the newer one by the database, which gives all
 * servers one order. Where it was away, they follow one another as they have opened.
 */
export function isIntroducedLater(older: Feed, newer: Feed): boolean {
  return (older.introducedAs ?? 0) > (newer.introducedAs ?? Infinity);
}

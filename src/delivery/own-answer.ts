import type { Change } from '../domain/changes.js';
import type { DurableEvent } from '../domain/events.js';
import type { Outlet } from '../domain/outlet.js';

/**
 * Whether it tells of how the device itself has answered a call: that it rings no longer is news to the user's other devices only. A named
 * device has one connection at a time, so it answered on this one, or on one before it; of an unnamed one the connections that were open
 * then are told too.
 *
 * @param deviceId the device behind the connection
 */
export function isOwnAnswer(
  told: Change | DurableEvent,
  { device, openedAt }: Outlet,
  deviceId: number | undefined,
): boolean {
  if (told.type !== 'callAnswered' || told.deviceId === undefined || told.deviceId !== deviceId) return false;
  return device !== '' || told.at <= openedAt;
}

import type { PresenceStatus } from './presence-status.js';

/** The words of *concord* and its REST twins for how a user is (protocol.md, section 5). */
export const onlineStatuses = ['OFFLINE', 'ONLINE', 'AWAY', 'DO_NOT_DISTURB'] as const;
export type OnlineStatus = (typeof onlineStatuses)[number];

const WORDS: Readonly<Record<PresenceStatus, OnlineStatus>> = {
  offline: 'OFFLINE',
  online: 'ONLINE',
  away: 'AWAY',
  busy: 'DO_NOT_DISTURB',
};

export function onlineStatusOf(status: PresenceStatus): OnlineStatus {
  return WORDS[status];
}

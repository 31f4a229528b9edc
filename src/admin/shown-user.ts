import type { Ban, UserCounts, UserRecord } from '../services/users/user-record.js';

/** A user as operators are shown it. */
export interface ShownUser extends Omit<UserRecord, 'isSeen' | 'isRegistered' | 'ban'> {
  readonly online: boolean;
  readonly registered: boolean;
  readonly seen: boolean;
  readonly banned?: Ban;
}

/** The same with what there is of it. */
export interface ShownUserDetails extends ShownUser, UserCounts {
  readonly connections: number;
}

/** Whoever is online has no time at which it was seen last. */
export function shownUser({ isSeen, isRegistered, ban, lastSeen, ...user }: UserRecord, online: boolean): ShownUser {
  const seenLast = online ? undefined : lastSeen;
  return { ...user, lastSeen: seenLast, online, registered: isRegistered, seen: isSeen, banned: ban };
}

/** What a user can say of itself. */
export type PresenceStatus = 'online' | 'away' | 'busy' | 'offline';

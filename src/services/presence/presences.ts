import type { Clock } from '../../domain/clock.js';
import type { ConnectionEvent } from '../../domain/domain-events.js';
import type { SelfDescription } from '../../domain/events.js';
import { GracePeriods } from './grace-periods.js';

/** What a user says of itself while it is online. */
export type SelfStatus = Pick<SelfDescription, 'metadataJson'> & { readonly status: 'online' | 'away' | 'busy' };

const PLAINLY_ONLINE: SelfStatus = { status: 'online' };

/** A user who is online, or was until a moment ago. */
export interface Presence {
  /** Connections that are open and have not said `offline`. */
  readonly connections: Set<string>;
  self: SelfStatus;
  /** What its contacts believe, and the moment since which they believe it online; absent: they believe it offline. */
  told?: { readonly since: number; readonly self: SelfStatus };
  /** When its last connection went, ms since the epoch. */
  lastSeen?: number;
}

/** The users that are online here, and what each says of itself: nothing of it is kept beyond its last connection. */
export class Presences {
  private readonly presences = new Map<string, Presence>();
  private readonly grace: GracePeriods;
  private isFrozen = false;

  /** @param onGone called with users who have not come back within the grace period */
  constructor(
    private readonly clock: Clock,
    graceMs: number,
    onGone: (userIds: readonly string[]) => void,
  ) {
    this.grace = new GracePeriods(clock, graceMs, onGone);
  }

  /** Users who are online, and those who have gone just now. */
  get size(): number {
    return this.presences.size;
  }

  get(userId: string): Presence | undefined {
    return this.presences.get(userId);
  }

  isOnline(userId: string): boolean {
    const presence = this.presences.get(userId);
    return presence !== undefined && (presence.connections.size > 0 || this.grace.has(userId) || this.isFrozen);
  }

  /** Not in the grace period either. */
  isConnected(userId: string): boolean {
    return (this.presences.get(userId)?.connections.size ?? 0) > 0;
  }

  enter({ userId, connectionId }: ConnectionEvent): void {
    const presence = this.presences.get(userId) ?? { connections: new Set<string>(), self: PLAINLY_ONLINE };
    presence.connections.add(connectionId);
    this.presences.set(userId, presence);
    this.grace.cancel(userId);
  }

  /** The end of a connection that has said `offline` before changes nothing. */
  close(event: ConnectionEvent): void {
    if (this.remove(event)) this.grace.begin(event.userId);
  }

  /** An explicit `offline` means it, so there is no grace. @returns whether the user is offline by that */
  leave(event: ConnectionEvent): boolean {
    const presence = this.remove(event);
    if (presence) presence.self = PLAINLY_ONLINE;
    return presence !== undefined;
  }

  /** What the user is like from now on; nothing where it has gone meanwhile. */
  describe(userId: string, self: SelfStatus): void {
    const presence = this.presences.get(userId);
    if (presence) presence.self = self;
  }

  /** Whether its contacts believe something else than what it is. */
  isNews(userId: string): boolean {
    const presence = this.presences.get(userId);
    if (!presence) return false;
    const { told, self } = presence;
    if (!told || !this.isOnline(userId)) return this.isOnline(userId) !== (told !== undefined);
    return told.self.status !== self.status || told.self.metadataJson !== self.metadataJson;
  }

  forgetIfOffline(userId: string): void {
    if (!this.isOnline(userId)) this.presences.delete(userId);
  }

  /** Nobody goes any more. @returns the users who were here until now */
  freeze(): readonly string[] {
    this.isFrozen = true;
    this.grace.close();
    return [...this.presences.keys()];
  }

  /** @returns the presence where this was the last of its connections */
  private remove({ userId, connectionId }: ConnectionEvent): Presence | undefined {
    const presence = this.presences.get(userId);
    if (!presence?.connections.delete(connectionId) || presence.connections.size > 0 || this.isFrozen) return undefined;
    presence.lastSeen = this.clock.now();
    return presence;
  }
}

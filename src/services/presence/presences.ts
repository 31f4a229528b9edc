import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';
import type { ConnectionEvent } from '../../domain/domain-events.js';
import type { HostedUser, SelfStatus } from '../../domain/presence-exchange.js';
import type { LastSeen } from '../users/users.repository.js';
import { GracePeriods } from './grace-periods.js';
import { isLater, PLAINLY_ONLINE } from './self-status.js';

export type Description = Pick<SelfStatus, 'status' | 'metadataJson'>;

/** A user who is online, or was until a moment ago. */
export interface Presence {
  /** Connections that are open and have not said `offline`. */
  readonly connections: Set<string>;
  self: SelfStatus;
  /** What servers were told of it; absent: that it is not here. */
  told?: SelfStatus;
  /** When its last connection went, ms since the epoch. */
  lastSeen?: number;
}

/** The users that are online here, and what each says of itself: nothing of it is kept beyond its last connection. */
@Injectable()
export class Presences {
  private readonly presences = new Map<string, Presence>();
  /** Connections that have said `offline` and are open, with their users. */
  private readonly hidden = new Map<string, string>();
  private readonly grace: GracePeriods;
  private onGone: (userIds: readonly string[]) => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    { presence }: Config,
  ) {
    this.grace = new GracePeriods(clock, presence.graceMs, (userIds) => {
      this.onGone(userIds);
    });
  }

  /** @param onGone called with users who have not come back within the grace period */
  whenGone(onGone: (userIds: readonly string[]) => void): void {
    this.onGone = onGone;
  }

  get(userId: string): Presence | undefined {
    return this.presences.get(userId);
  }

  isOnline(userId: string): boolean {
    const presence = this.presences.get(userId);
    return presence !== undefined && (presence.connections.size > 0 || this.grace.has(userId));
  }

  /** Not in the grace period either. */
  isConnected(userId: string): boolean {
    return (this.presences.get(userId)?.connections.size ?? 0) > 0;
  }

  /** @param elsewhere what it is known to have said on other servers */
  enter({ userId, connectionId }: ConnectionEvent, elsewhere?: SelfStatus): void {
    const presence = this.presences.get(userId) ?? { connections: new Set<string>(), self: PLAINLY_ONLINE };
    presence.connections.add(connectionId);
    this.hidden.delete(connectionId);
    this.presences.set(userId, presence);
    this.grace.cancel(userId);
    if (elsewhere) this.adopt(userId, elsewhere);
  }

  /** The end of a connection that has said `offline` before changes nothing. */
  close(event: ConnectionEvent): void {
    this.hidden.delete(event.connectionId);
    if (this.remove(event)) this.grace.begin(event.userId);
  }

  /** An explicit `offline` means it, so there is no grace. @returns whether the user is gone by that */
  leave(event: ConnectionEvent): boolean {
    this.hidden.set(event.connectionId, event.userId);
    const presence = this.remove(event);
    if (presence) presence.self = PLAINLY_ONLINE;
    return presence !== undefined;
  }

  /** @returns whether it was held here by its grace alone */
  endGrace(userId: string): boolean {
    if (!this.grace.has(userId)) return false;
    this.grace.cancel(userId);
    return true;
  }

  /**
   * What the user says of itself from now on, wherever it is: it counts more than what is known of it, whatever the clocks of servers say.
   * @returns it; where the user is not here somebody else must be told
   */
  describe(userId: string, { status, metadataJson }: Description, by: string, known = PLAINLY_ONLINE): SelfStatus {
    const presence = this.presences.get(userId);
    const { setAt } = presence?.self ?? known;
    const self = { status, metadataJson, setAt: Math.max(this.clock.now(), setAt + 1), by };
    if (presence) presence.self = self;
    return self;
  }

  /** What it has said on another server counts here too, unless it has said something since. @returns whether it does */
  adopt(userId: string, self: SelfStatus): boolean {
    const presence = this.presences.get(userId);
    if (!presence || !isLater(self, presence.self)) return false;
    presence.self = self;
    return true;
  }

  /** How the user is here; absent: it is not. */
  stateOf(userId: string): SelfStatus | undefined {
    return this.isOnline(userId) ? this.presences.get(userId)?.self : undefined;
  }

  /** Whether servers were told something else than what it is. */
  isNews(userId: string): boolean {
    const now = this.stateOf(userId);
    const told = this.presences.get(userId)?.told;
    return now?.setAt !== told?.setAt || now?.by !== told?.by;
  }

  /** From now on servers know how it is. */
  tell(userId: string): void {
    const presence = this.presences.get(userId);
    if (presence) presence.told = this.stateOf(userId);
  }

  /** Nobody takes a user for online who is not. */
  forgetIfTold(userId: string): void {
    if (!this.isOnline(userId) && !this.isNews(userId)) this.presences.delete(userId);
  }

  /** When each was here last. */
  lastSeenOf(userIds: readonly string[]): LastSeen[] {
    const now = this.clock.now();
    return userIds.map((userId) => {
      const presence = this.presences.get(userId);
      const isHere = presence === undefined || presence.connections.size > 0;
      return { userId, at: isHere ? now : (presence.lastSeen ?? now) };
    });
  }

  /** Everybody of whom servers were told that it is here. Goes on with what comes meanwhile. */
  *hosted(): Generator<HostedUser> {
    for (const [userId, { told }] of this.presences) {
      if (told) yield told.setAt === 0 ? { userId } : { userId, self: told };
    }
  }

  /** Whoever has a connection here, one that has said `offline` too. */
  watchers(): ReadonlySet<string> {
    return new Set([...this.presences.keys(), ...this.hidden.values()]);
  }

  /** Nobody goes any more unless it says so. @returns the users who were here until now */
  freeze(): readonly string[] {
    this.grace.freeze();
    return [...this.presences.keys()];
  }

  /** @returns the presence where this was the last of its connections */
  private remove({ userId, connectionId }: ConnectionEvent): Presence | undefined {
    const presence = this.presences.get(userId);
    if (!presence?.connections.delete(connectionId) || presence.connections.size > 0) return undefined;
    presence.lastSeen = this.clock.now();
    return presence;
  }
}

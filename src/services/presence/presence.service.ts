import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';
import { type ConnectionEvent, DomainEvents } from '../../domain/domain-events.js';
import type { AnswerOf, PresenceItem, RequestOf } from '../../domain/payloads.js';
import { UsersRepository } from '../users/users.repository.js';
import { GracePeriods } from './grace-periods.js';

/** A user who is online, or was until a moment ago. */
interface Presence {
  /** Connections that are open and have not said `offline`. */
  readonly connections: Set<string>;
  /** The moment at which contacts were told that it is online; absent: they believe it offline. */
  toldAt?: number;
  /** When its last connection went, ms since the epoch. */
  lastSeen?: number;
}

/**
 * Who is online here. Contacts are told what has changed for them, not each step on the way: whoever comes back within
 * the grace period, or before its contacts were read, has not been away.
 */
@Injectable()
export class PresenceService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(PresenceService.name);
  private readonly presences = new Map<string, Presence>();
  private readonly grace: GracePeriods;
  private readonly tasks = new Set<Promise<void>>();
  private subscriptions: readonly (() => void)[] = [];
  /** Counts what happens, so that of two things the earlier one is known. */
  private moment = 0;
  private isDraining = false;

  constructor(
    private readonly users: UsersRepository,
    private readonly events: DomainEvents,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {
    this.grace = new GracePeriods(clock, config.presence.graceMs, (userIds) => {
      this.run(this.settle(userIds));
    });
  }

  onModuleInit(): void {
    this.subscriptions = [
      this.events.on('connectionOpened', (event) => {
        this.opened(event);
      }),
      this.events.on('connectionReturned', ({ userId, connectionId }) => {
        this.enter(userId, connectionId);
        this.run(this.settle([userId]));
      }),
      this.events.on('connectionLeft', (event) => {
        this.left(event);
      }),
      this.events.on('connectionClosed', (event) => {
        this.closed(event);
      }),
      this.events.on('drainStarted', () => {
        this.drain();
      }),
    ];
  }

  async onApplicationShutdown(): Promise<void> {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.drain();
    await Promise.all(this.tasks);
  }

  isOnline(userId: string): boolean {
    const presence = this.presences.get(userId);
    return presence !== undefined && (presence.connections.size > 0 || this.grace.has(userId) || this.isDraining);
  }

  /** In the order asked for. Whoever is online now has no last seen time; nor has a user who never was. */
  async list({ userIds }: RequestOf<'presence'>): Promise<AnswerOf<'presence'>> {
    const profiles = await this.users.profiles(userIds.filter((userId) => !this.isOnline(userId)));
    const items = userIds.map((userId): PresenceItem => {
      if (this.isOnline(userId)) return { userId, status: 'online' };
      const lastSeen = this.presences.get(userId)?.lastSeen ?? profiles.get(userId)?.lastSeen;
      return { userId, status: 'offline', lastSeen };
    });
    return { items };
  }

  private opened({ userId, connectionId }: ConnectionEvent): void {
    this.moment += 1;
    this.enter(userId, connectionId);
    this.run(this.welcome(userId, connectionId, this.moment));
  }

  /** An explicit `offline` means it, so there is no grace. */
  private left({ userId, connectionId }: ConnectionEvent): void {
    const presence = this.presences.get(userId);
    presence?.connections.delete(connectionId);
    if (!presence || presence.connections.size > 0 || this.isDraining) return;
    presence.lastSeen = this.clock.now();
    this.grace.cancel(userId);
    this.run(this.settle([userId]));
  }

  /** The end of a connection that has said `offline` before changes nothing. */
  private closed({ userId, connectionId }: ConnectionEvent): void {
    const presence = this.presences.get(userId);
    if (!presence?.connections.delete(connectionId) || presence.connections.size > 0 || this.isDraining) return;
    presence.lastSeen = this.clock.now();
    this.grace.begin(userId);
  }

  private enter(userId: string, connectionId: string): void {
    const presence = this.presences.get(userId) ?? { connections: new Set<string>() };
    presence.connections.add(connectionId);
    this.presences.set(userId, presence);
    this.grace.cancel(userId);
  }

  /** Tells the contacts of a user who came online, and the new connection which of them are. */
  private async welcome(userId: string, connectionId: string, openedAt: number): Promise<void> {
    const contacts = await this.contactsOf(userId);
    this.tell(userId, contacts);
    for (const contact of contacts) {
      // Whoever came online after this connection was opened has told it so, or will.
      const toldAt = this.presences.get(contact)?.toldAt ?? Infinity;
      if (toldAt > openedAt) continue;
      const event = { type: 'online', userId: contact } as const;
      this.events.emit('announced', { audience: { connection: connectionId }, event });
      // Its going is not told yet, and never will be if it comes back before that. Or it could not be told: now it can.
      if (!this.isOnline(contact)) this.run(this.settle([contact]));
    }
  }

  /** Tells the contacts of each user what it is now, if they believe something else. */
  private async settle(userIds: readonly string[]): Promise<void> {
    await this.saveLastSeen(userIds.filter((userId) => this.presences.has(userId) && !this.isOnline(userId)));
    for (const userId of userIds) {
      this.tell(userId, await this.contactsOf(userId));
      this.forget(userId);
    }
  }

  /** Runs in one go: nothing happens between the comparison and the telling. */
  private tell(userId: string, contacts: readonly string[]): void {
    const presence = this.presences.get(userId);
    const isOnline = this.isOnline(userId);
    if (!presence || isOnline === (presence.toldAt !== undefined)) return;
    this.moment += 1;
    presence.toldAt = isOnline ? this.moment : undefined;
    const { lastSeen } = presence;
    const event = isOnline ? ({ type: 'online', userId } as const) : ({ type: 'offline', userId, lastSeen } as const);
    if (contacts.length > 0) this.events.emit('announced', { audience: { users: contacts }, event });
  }

  private forget(userId: string): void {
    if (!this.isOnline(userId)) this.presences.delete(userId);
  }

  /** Nobody becomes offline by this server's going: its users are on another one in a moment. */
  private drain(): void {
    if (this.isDraining) return;
    this.run(this.saveLastSeen([...this.presences.keys()]));
    this.isDraining = true;
    this.grace.close();
  }

  private saveLastSeen(userIds: readonly string[]): Promise<void> {
    const now = this.clock.now();
    const moves = userIds.map((userId) => {
      const presence = this.presences.get(userId);
      const isHere = presence === undefined || presence.connections.size > 0;
      return { userId, at: isHere ? now : (presence.lastSeen ?? now) };
    });
    return this.users.saveLastSeen(moves);
  }

  private contactsOf(userId: string): Promise<readonly string[]> {
    return this.users.contactsOf(userId, this.config.limits.receiptMembers);
  }

  /** Presence is not kept: what cannot be told now, because the database is away, is told by the next change. */
  private run(task: Promise<void>): void {
    const watched = task
      .catch((error: unknown) => {
        this.logger.warn({ msg: 'presence was not told', error: String(error) });
      })
      .finally(() => this.tasks.delete(watched));
    this.tasks.add(watched);
  }
}

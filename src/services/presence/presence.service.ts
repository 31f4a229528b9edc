import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';
import { type ConnectionEvent, DomainEvents } from '../../domain/domain-events.js';
import { TooLargeError } from '../../domain/errors.js';
import type { EphemeralEvent } from '../../domain/events.js';
import type { RequestOf, UserPresence } from '../../domain/payloads.js';
import type { PresenceStatus } from '../../domain/presence-status.js';
import { presenceTopic } from '../../domain/topic-patterns.js';
import { UsersRepository } from '../users/users.repository.js';
import { type Presence, Presences } from './presences.js';
import { UserNews } from './user-news.js';

/** What a user says of itself beside its status goes to all its contacts at each change, and stays in memory. */
const MAX_METADATA_BYTES = 4_096;

/**
 * Tells who is online here. Contacts are told what has changed for them, not each step on the way: whoever comes back
 * within the grace period, or before its contacts were read, has not been away. Subscribers of a user's presence topic
 * hear what its contacts hear, and so does everybody who is told of all users while they are not too many.
 */
@Injectable()
export class PresenceService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(PresenceService.name);
  private readonly presences: Presences;
  private readonly tasks = new Set<Promise<void>>();
  /** Contacts that are read since a moment ago, by user. */
  private readonly reads = new Map<string, Promise<readonly string[]>>();
  private subscriptions: readonly (() => void)[] = [];
  /** Counts what happens, so that of two things the earlier one is known. */
  private moment = 0;
  private isDraining = false;

  constructor(
    private readonly users: UsersRepository,
    private readonly news: UserNews,
    private readonly events: DomainEvents,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {
    this.presences = new Presences(clock, config.presence.graceMs, (userIds) => {
      this.run(this.settle(userIds));
    });
    news.isQuietWhile(() => this.presences.size > config.presence.maxBroadcastUsers);
  }

  onModuleInit(): void {
    const enter = (event: ConnectionEvent): void => {
      this.presences.enter(event);
      this.run(this.announce(event.userId));
    };
    this.subscriptions = [
      this.events.on('connectionOpened', enter),
      this.events.on('connectionReturned', enter),
      this.events.on('connectionSettled', (event) => {
        this.settled(event);
      }),
      this.events.on('connectionLeft', (event) => {
        if (this.presences.leave(event)) this.run(this.settle([event.userId]));
      }),
      this.events.on('connectionClosed', (event) => {
        this.presences.close(event);
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
    return this.presences.isOnline(userId);
  }

  /** Whether it has a connection that has not said `offline`. */
  isConnected(userId: string): boolean {
    return this.presences.isConnected(userId);
  }

  /** How the user is, as far as it is known here: of who is offline the database may know a last seen time. */
  of(userId: string): UserPresence {
    const presence = this.presences.get(userId);
    if (!presence || !this.isOnline(userId)) {
      return { userId, status: 'offline', lastSeen: presence?.lastSeen };
    }
    const { status, metadataJson } = presence.self;
    const metadata = metadataJson === undefined ? undefined : (JSON.parse(metadataJson) as UserPresence['metadata']);
    return { userId, status, lastSeen: this.clock.now(), metadata };
  }

  /**
   * What the user says of itself from now on, on whatever connection; lost with the last one. Not for `offline`. Resolves
   * when it is told, so that of two things said in turn each is.
   */
  async describe(userId: string, { status, metadata }: RequestOf<'setPresence'>): Promise<void> {
    const metadataJson = metadata && JSON.stringify(metadata);
    if (metadataJson !== undefined && Buffer.byteLength(metadataJson) > MAX_METADATA_BYTES) {
      throw new TooLargeError(`metadata has at most ${MAX_METADATA_BYTES} bytes`, { field: 'payload.metadata' });
    }
    if (status === 'offline') return;
    this.presences.describe(userId, { status, metadataJson });
    await this.watched(this.announce(userId));
  }

  /** Until now nothing that was announced was sent to the connection; from now on it is. */
  private settled({ userId, connectionId }: ConnectionEvent): void {
    this.moment += 1;
    this.run(this.welcome(userId, connectionId, this.moment));
  }

  /** Tells the new connection which of the user's contacts are online. */
  private async welcome(userId: string, connectionId: string, settledAt: number): Promise<void> {
    for (const contact of await this.contactsOf(userId)) {
      const told = this.presences.get(contact)?.told;
      // Whoever came online after this connection was settled has told it so, or will.
      if (!told || told.since > settledAt) continue;
      const event = { type: 'online', userId: contact, ...told.self, lastSeen: this.clock.now() } as const;
      this.events.emit('announced', { audience: { connection: connectionId }, event });
      // Its going is not told yet, and never will be if it comes back before that. Or it could not be told: now it can.
      if (!this.presences.isOnline(contact)) this.run(this.settle([contact]));
    }
  }

  /** Tells the contacts of a user who is online what it is now, if they believe something else. */
  private async announce(userId: string): Promise<void> {
    if (this.presences.isNews(userId)) this.tell(userId, await this.contactsOf(userId));
  }

  /** The same for users of whom some are offline by now. */
  private async settle(userIds: readonly string[]): Promise<void> {
    const gone = userIds.filter((userId) => this.presences.get(userId) && !this.presences.isOnline(userId));
    await this.saveLastSeen(gone);
    const contacts = await this.contactsOfEach(userIds.filter((userId) => this.presences.isNews(userId)));
    for (const userId of userIds) {
      const known = contacts.get(userId);
      if (known) this.tell(userId, known);
      else await this.announce(userId);
      this.presences.forgetIfOffline(userId);
    }
  }

  /** Runs in one go: nothing happens between the comparison and the telling. */
  private tell(userId: string, contacts: readonly string[]): void {
    const presence = this.presences.get(userId);
    if (!presence || !this.presences.isNews(userId)) return;
    const audience = { users: contacts, topic: presenceTopic(userId) };
    const toldStatus = presence.told?.self.status ?? 'offline';
    this.events.emit('announced', { audience, event: this.newsOf(userId, presence) });
    const { status } = this.of(userId);
    if (status !== toldStatus) this.tellEverybody(userId, status);
  }

  private tellEverybody(userId: string, status: PresenceStatus): void {
    // Who has gone just now is still among them.
    const online = this.presences.size - (status === 'offline' ? 1 : 0);
    if (online <= this.config.presence.maxBroadcastUsers) this.run(this.news.tellStatus(userId, status));
  }

  /** What the contacts are told, and believe from then on. */
  private newsOf(userId: string, presence: Presence): EphemeralEvent {
    const { told, self, lastSeen } = presence;
    if (!this.presences.isOnline(userId)) {
      presence.told = undefined;
      return { type: 'offline', userId, lastSeen };
    }
    this.moment += 1;
    presence.told = { since: told?.since ?? this.moment, self };
    return { type: told ? 'statusChanged' : 'online', userId, ...self, lastSeen: this.clock.now() };
  }

  /** Nobody becomes offline by this server's going: its users are on another one in a moment. */
  private drain(): void {
    if (this.isDraining) return;
    this.isDraining = true;
    this.run(this.saveLastSeen(this.presences.freeze()));
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

  /** A connection that is settled as it opens asks for two reasons at once: one read serves both. */
  private contactsOf(userId: string): Promise<readonly string[]> {
    const begun = this.reads.get(userId);
    if (begun) return begun;
    const read = this.users.contactsOf(userId, this.config.limits.receiptMembers);
    this.reads.set(userId, read);
    queueMicrotask(() => this.reads.delete(userId));
    return read;
  }

  private async contactsOfEach(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const { receiptMembers } = this.config.limits;
    return userIds.length < 2 ? new Map() : this.users.contactsOfEach(userIds, receiptMembers);
  }

  private run(task: Promise<void>): void {
    void this.watched(task);
  }

  /** Presence is not kept: what cannot be told now, because the database is away, is told by the next change. */
  private watched(task: Promise<void>): Promise<void> {
    const watched = task
      .catch((error: unknown) => {
        this.logger.warn({ msg: 'presence was not told', error: String(error) });
      })
      .finally(() => this.tasks.delete(watched));
    this.tasks.add(watched);
    return watched;
  }
}

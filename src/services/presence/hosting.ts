import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { type ConnectionEvent, DomainEvents } from '../../domain/domain-events.js';
import {
  type HostedUser,
  PresenceExchange,
  type PresenceNews,
  type SelfStatus,
} from '../../domain/presence-exchange.js';
import type { LastSeen } from '../users/users.repository.js';
import { PresenceDirectory } from './presence-directory.js';
import { PresenceUsers } from './presence-users.js';
import { type Description, Presences } from './presences.js';
import { laterOf, looksLike } from './self-status.js';
import { UnsavedLastSeen } from './unsaved-last-seen.js';
import { UserQueue } from './user-queue.js';

/**
 * Tells all servers, this one too, who is on this one: what has become of a user, not each step on the way. Where that matters to others,
 * as far as it is known here, it says to whom.
 */
@Injectable()
export class Hosting implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Hosting.name);
  private readonly tasks = new Set<Promise<void>>();
  /** By user: until it is told that it has gone. */
  private readonly leavings = new Map<string, Promise<void>>();
  /** Of whom could not be told. */
  private readonly late = new UserQueue((userIds) => this.settle(userIds));
  private readonly unsaved: UnsavedLastSeen;
  private subscriptions: readonly (() => void)[] = [];
  private isDraining = false;

  constructor(
    private readonly presences: Presences,
    private readonly directory: PresenceDirectory,
    private readonly users: PresenceUsers,
    private readonly exchange: PresenceExchange,
    private readonly events: DomainEvents,
  ) {
    this.unsaved = new UnsavedLastSeen(users);
  }

  onModuleInit(): void {
    this.presences.whenGone((userIds) => {
      void this.run(userIds);
    });
    const enter = (event: ConnectionEvent): void => {
      this.presences.enter(event, this.elsewhere(event.userId));
      void this.run([event.userId]);
    };
    this.subscriptions = [
      this.events.on('connectionOpened', enter),
      this.events.on('connectionReturned', enter),
      this.events.on('connectionLeft', (event) => {
        this.leave(event);
      }),
      this.events.on('connectionClosed', (event) => {
        this.presences.close(event);
      }),
      this.events.on('userJoined', ({ userId, userNumber }) => {
        this.exchange.tell([{ kind: 'joined', userId, userNumber }]);
      }),
      this.events.on('drainStarted', () => {
        this.drain();
      }),
    ];
  }

  async onApplicationShutdown(): Promise<void> {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.drain();
    await Promise.all([...this.tasks, this.late.close(), this.unsaved.close()]);
  }

  /** Resolves when it is told. */
  async describe(userId: string, description: Description): Promise<void> {
    const self = this.presences.describe(userId, description, this.exchange.server, this.elsewhere(userId));
    if (this.presences.get(userId)) await this.run([userId]);
    else if (this.elsewhere(userId)) this.exchange.tell([{ kind: 'described', userId, self }]);
  }

  /** Resolves when it is told of the user that it has gone, where it has just said so. */
  async left(userId: string): Promise<void> {
    await this.leavings.get(userId);
  }

  /** It has said this of itself on another server. */
  adopt(userId: string, self: SelfStatus): void {
    if (this.presences.adopt(userId, self)) void this.run([userId]);
  }

  /** It has said on another server that it goes, and is not connected here. */
  letGo(userId: string): void {
    if (this.presences.endGrace(userId)) void this.run([userId]);
  }

  /** Whoever is told that its contact is online, and it is not, is to be told that too; unless it comes back before that. */
  recheck(userIds: readonly string[]): void {
    const gone = userIds.filter((userId) => this.presences.isNews(userId) && !this.presences.isOnline(userId));
    if (gone.length > 0) void this.run(gone);
  }

  /** Everybody of whom servers were told that it is here. */
  hosted(): Iterable<HostedUser> {
    return this.presences.hosted();
  }

  isConnected(userId: string): boolean {
    return this.presences.isConnected(userId);
  }

  /** In a while, where the database is away. */
  saveLastSeen(moves: readonly LastSeen[]): void {
    this.unsaved.add(moves);
  }

  private leave(event: ConnectionEvent): void {
    const { userId } = event;
    if (!this.presences.leave(event)) return;
    if (this.elsewhere(userId)) this.exchange.tell([{ kind: 'left', userId }]);
    const leaving = this.run([userId]).finally(() => {
      if (this.leavings.get(userId) === leaving) this.leavings.delete(userId);
    });
    this.leavings.set(userId, leaving);
  }

  private run(userIds: readonly string[]): Promise<void> {
    return this.watched(this.settle(userIds), userIds);
  }

  private settle(userIds: readonly string[]): Promise<void> {
    const [first] = userIds;
    const isCome = first !== undefined && userIds.length === 1 && this.presences.isOnline(first);
    return isCome ? this.settleOne(first) : this.settleEach(userIds);
  }

  /** Of somebody who is online: no other is waited for. */
  private async settleOne(userId: string): Promise<void> {
    const contacts = this.makesDifference(userId) ? await this.users.contactsOf(userId) : undefined;
    this.tell([userId], new Map(contacts && [[userId, contacts]]));
  }

  /** Of some who are offline by now: whoever hears of it finds when they were seen last. */
  private async settleEach(userIds: readonly string[]): Promise<void> {
    const gone = userIds.filter((userId) => this.presences.get(userId) && !this.presences.isOnline(userId));
    if (gone.length > 0) await this.users.saveLastSeen(this.presences.lastSeenOf(gone));
    this.tell(userIds, await this.users.contactsOfEach(userIds.filter((userId) => this.makesDifference(userId))));
  }

  /** Runs in one go: nothing happens between the comparison and the telling. */
  private tell(userIds: readonly string[], contacts: ReadonlyMap<string, readonly string[]>): void {
    const news: PresenceNews[] = [];
    for (const userId of userIds) {
      // It has begun to matter while others' contacts were read.
      if (this.makesDifference(userId) && !contacts.has(userId)) void this.run([userId]);
      else if (this.presences.isNews(userId)) news.push(this.newsOf(userId, contacts.get(userId)));
    }
    if (news.length > 0) this.exchange.tell(news);
    for (const userId of userIds) this.presences.forgetIfTold(userId);
  }

  /** What servers are told, and believe from then on. */
  private newsOf(userId: string, contacts: readonly string[] | undefined): PresenceNews {
    const self = this.presences.stateOf(userId);
    this.presences.tell(userId);
    if (!self) return { kind: 'gone', userId, lastSeen: this.presences.get(userId)?.lastSeen, contacts };
    return self.setAt === 0 ? { kind: 'here', userId, contacts } : { kind: 'here', userId, self, contacts };
  }

  /** Whether what it is here, and servers do not know, makes it something else on all servers together. */
  private makesDifference(userId: string): boolean {
    if (!this.presences.isNews(userId)) return false;
    const [here, elsewhere] = [this.presences.stateOf(userId), this.elsewhere(userId)];
    const now = here && elsewhere ? laterOf(here, elsewhere) : (here ?? elsewhere);
    return !looksLike(this.directory.stateOf(userId), now);
  }

  private elsewhere(userId: string): SelfStatus | undefined {
    return this.directory.elsewhere(userId, this.exchange.server);
  }

  /** Nobody becomes offline by this server's going: its users are on another one in a moment. */
  private drain(): void {
    if (this.isDraining) return;
    this.isDraining = true;
    void this.watched(this.users.saveLastSeen(this.presences.lastSeenOf(this.presences.freeze())), []);
  }

  /** What cannot be told now, because the database is away, is told when it is back, or by the next change. */
  private watched(task: Promise<void>, userIds: readonly string[]): Promise<void> {
    const watched = task
      .catch((error: unknown) => {
        this.logger.warn({ msg: 'presence was not told', error: String(error) });
        this.late.addLate(userIds);
      })
      .finally(() => this.tasks.delete(watched));
    this.tasks.add(watched);
    return watched;
  }
}

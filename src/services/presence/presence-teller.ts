import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { Clock } from '../../domain/clock.js';
import { DomainEvents } from '../../domain/domain-events.js';
import type { EphemeralEvent } from '../../domain/events.js';
import type { SelfStatus } from '../../domain/presence-exchange.js';
import { presenceTopic } from '../../domain/topic-patterns.js';
import { PresenceDirectory, type Shift } from './presence-directory.js';
import { PresenceUsers } from './presence-users.js';
import { RecentArrivals } from './recent-arrivals.js';
import { looksLike } from './self-status.js';
import { UserNews } from './user-news.js';
import { UserQueue } from './user-queue.js';

/** What is believed here of a user who is something else by now; without `self`: that it is offline. */
interface Belief {
  readonly self?: SelfStatus;
  lastSeen?: number;
}

/**
 * Tells the connections of this server who is online, on whatever server. They are told what has changed for them, not each step on the
 * way: whoever comes back before its contacts were read has not been away. Subscribers of a user's presence topic hear what its contacts
 * hear, and so does everybody who is told of all users.
 */
@Injectable()
export class PresenceTeller implements OnApplicationShutdown {
  /** Of all others what is believed is what they are. */
  private readonly untold = new Map<string, Belief>();
  private readonly arrivals = new RecentArrivals();
  private readonly queue = new UserQueue((userIds) => this.tellEach(userIds));
  private watchers: () => ReadonlySet<string> = () => new Set();

  constructor(
    private readonly directory: PresenceDirectory,
    private readonly users: PresenceUsers,
    private readonly news: UserNews,
    private readonly events: DomainEvents,
    private readonly clock: Clock,
  ) {}

  onApplicationShutdown(): Promise<void> {
    return this.queue.close();
  }

  /** @param watchers whoever has a connection here */
  tells(watchers: () => ReadonlySet<string>): void {
    this.watchers = watchers;
  }

  /** Without their contacts these are read first. */
  shifted({ userId, before }: Shift, contacts?: readonly string[], lastSeen?: number): void {
    const belief = this.untold.get(userId) ?? { self: before };
    belief.lastSeen = lastSeen ?? belief.lastSeen;
    this.untold.set(userId, belief);
    if (contacts) this.tell(userId, contacts);
    else this.queue.add([userId]);
  }

  /**
   * Tells a new connection which of the user's contacts are believed online. Until now nothing that was announced was sent to it; from now
   * on it is.
   * @returns them
   */
  async welcome(userId: string, connectionId: string): Promise<readonly string[]> {
    const settledAt = this.arrivals.begin();
    try {
      const online = (await this.users.contactsOf(userId)).filter((contact) => this.believed(contact));
      // Whoever came online after this connection was settled has told it so.
      const unheard = online.filter((contact) => !this.arrivals.isSince(contact, settledAt));
      for (const contact of unheard) this.tellOf(contact, connectionId);
      return unheard;
    } finally {
      this.arrivals.end(settledAt);
    }
  }

  /** Nobody had seen the user before. */
  joined(userId: string, userNumber: number): void {
    this.news.joined(userId, userNumber);
  }

  private tellOf(contact: string, connectionId: string): void {
    const self = this.believed(contact);
    if (!self) return;
    const event = onlineEvent('online', contact, self, this.clock.now());
    this.events.emit('announcedHere', { audience: { connection: connectionId }, event });
  }

  private believed(userId: string): SelfStatus | undefined {
    const belief = this.untold.get(userId);
    return belief ? belief.self : this.directory.stateOf(userId);
  }

  /** Runs in one go: nothing happens between the comparison and the telling. */
  private tell(userId: string, contacts: readonly string[]): void {
    const belief = this.untold.get(userId);
    if (!belief) return;
    this.untold.delete(userId);
    const now = this.directory.stateOf(userId);
    if (looksLike(belief.self, now)) return;
    const audience = { users: contacts, topic: presenceTopic(userId) };
    this.events.emit('announcedHere', { audience, event: this.eventOf(userId, belief, now) });
    const status = now?.status ?? 'offline';
    if (status !== (belief.self?.status ?? 'offline')) void this.news.tellStatus(userId, status);
  }

  private eventOf(userId: string, { self, lastSeen }: Belief, now: SelfStatus | undefined): EphemeralEvent {
    if (!now) {
      this.arrivals.forget(userId);
      return { type: 'offline', userId, lastSeen };
    }
    if (!self) this.arrivals.add(userId);
    return onlineEvent(self ? 'statusChanged' : 'online', userId, now, this.clock.now());
  }

  private async tellEach(userIds: readonly string[]): Promise<void> {
    const concerned = await this.concernedOf(userIds.filter((userId) => this.untold.has(userId)));
    const contacts = await this.users.contactsOfEach(concerned);
    await this.findLastSeen(userIds);
    for (const userId of userIds) this.tell(userId, contacts.get(userId) ?? []);
  }

  /** Of whoever was missing on its server's list: nobody has said when it went. */
  private async findLastSeen(userIds: readonly string[]): Promise<void> {
    const isUnknown = (userId: string): boolean =>
      !this.directory.stateOf(userId) && this.untold.has(userId) && this.untold.get(userId)?.lastSeen === undefined;
    for (const [userId, lastSeen] of await this.users.lastSeenOf(userIds.filter(isUnknown))) {
      const belief = this.untold.get(userId);
      if (belief) belief.lastSeen ??= lastSeen;
    }
  }

  /** Where there are fewer connected here than have to be told of, as on a server that is new, it is cheaper to ask who knows whom. */
  private async concernedOf(userIds: readonly string[]): Promise<readonly string[]> {
    const watchers = this.watchers();
    if (watchers.size >= userIds.length) return userIds;
    const known = new Set([...(await this.users.contactsOfEach([...watchers])).values()].flat());
    return userIds.filter((userId) => known.has(userId));
  }
}

function onlineEvent(
  type: 'online' | 'statusChanged',
  userId: string,
  { status, metadataJson }: SelfStatus,
  lastSeen: number,
): EphemeralEvent {
  return { type, userId, status, metadataJson, lastSeen };
}

import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { type LastSeen, UsersRepository } from '../users/users.repository.js';

/** So many users' contacts are read at once: some tens of thousands of ids. */
const MAX_READ = 500;

/** What presence reads and writes of users: who is told of whom, and when they were seen last. */
@Injectable()
export class PresenceUsers {
  /** Contacts that are read since a moment ago, by user. */
  private readonly reads = new Map<string, Promise<readonly string[]>>();
  private readonly receiptMembers: number;

  constructor(
    private readonly users: UsersRepository,
    { limits }: Config,
  ) {
    this.receiptMembers = limits.receiptMembers;
  }

  /** A connection that is settled as it opens asks for two reasons at once: one read serves both. */
  contactsOf(userId: string): Promise<readonly string[]> {
    const begun = this.reads.get(userId);
    if (begun) return begun;
    const read = this.users.contactsOf(userId, this.receiptMembers);
    this.reads.set(userId, read);
    queueMicrotask(() => this.reads.delete(userId));
    return read;
  }

  /** One read after the other. */
  async contactsOfEach(userIds: readonly string[]): Promise<Map<string, readonly string[]>> {
    const [first] = userIds;
    if (first === undefined) return new Map();
    if (userIds.length === 1) return new Map([[first, await this.contactsOf(first)]]);
    const contacts = new Map<string, readonly string[]>();
    for (let start = 0; start < userIds.length; start += MAX_READ) {
      const some = userIds.slice(start, start + MAX_READ);
      for (const [userId, known] of await this.users.contactsOfEach(some, this.receiptMembers)) {
        contacts.set(userId, known);
      }
    }
    return contacts;
  }

  /** Of those who were ever seen, ms since the epoch. */
  async lastSeenOf(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (userIds.length === 0) return new Map();
    const profiles = [...(await this.users.profiles(userIds))];
    return new Map(profiles.flatMap(([userId, { lastSeen }]) => (lastSeen === undefined ? [] : [[userId, lastSeen]])));
  }

  /** Never sets a time back. */
  saveLastSeen(moves: readonly LastSeen[]): Promise<void> {
    return this.users.saveLastSeen(moves);
  }
}

import { Injectable } from '@nestjs/common';
import { PresenceQueryService } from '../services/presence/presence-query.service.js';
import { UserRecordsService } from '../services/users/user-records.service.js';
import type { UserRecord, UserRecordsQuery } from '../services/users/user-record.js';
import { type ShownUser, shownUser } from './shown-user.js';

/** Users, and whether they are online. */
@Injectable()
export class ShownUsers {
  constructor(
    private readonly records: UserRecordsService,
    private readonly presence: PresenceQueryService,
  ) {}

  async list(query: UserRecordsQuery): Promise<readonly ShownUser[]> {
    return this.shown(await this.records.list(query));
  }

  /** @throws NotFoundError no such user */
  async one(userId: string): Promise<ShownUser> {
    const [user] = await this.shown([await this.records.one(userId)]);
    if (!user) throw new Error('a user was not shown');
    return user;
  }

  private async shown(records: readonly UserRecord[]): Promise<readonly ShownUser[]> {
    if (records.length === 0) return [];
    const { items } = await this.presence.list({ userIds: records.map(({ userId }) => userId) });
    const online = new Set(items.flatMap(({ userId, status }) => (status === 'online' ? userId : [])));
    return records.map((record) => shownUser(record, online.has(record.userId)));
  }
}

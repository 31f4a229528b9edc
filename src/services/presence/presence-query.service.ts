import { Injectable } from '@nestjs/common';

import type { AnswerOf, PresenceItem, RequestOf, UserPresence } from '../../domain/payloads.js';
import { UsersRepository } from '../users/users.repository.js';
import { PresenceService } from './presence.service.js';

/** How users are, for whoever asks: in the order asked for. A user who never was is offline and has no last seen time. */
@Injectable()
export class PresenceQueryService {
  constructor(
    private readonly presence: PresenceService,
    private readonly users: UsersRepository,
  ) {}

  /** Whether they are online. Whoever is online now has no last seen time. */
  async list({ userIds }: RequestOf<'presence'>): Promise<AnswerOf<'presence'>> {
    const items = (await this.lookUp(userIds)).map(({ userId, status, lastSeen }): PresenceItem => {
      return status === 'offline' ? { userId, status, lastSeen } : { userId, status: 'online' };
    });
    return { items };
  }

  /** The same with what they say of themselves. */
  async query({ users }: RequestOf<'presenceQuery'>): Promise<AnswerOf<'presenceQuery'>> {
    return { users: await this.lookUp(users) };
  }

  private async lookUp(userIds: readonly string[]): Promise<readonly UserPresence[]> {
    const profiles = await this.users.profiles(userIds.filter((userId) => !this.presence.isOnline(userId)));
    return userIds.map((userId) => {
      const presence = this.presence.of(userId);
      return { ...presence, lastSeen: presence.lastSeen ?? profiles.get(userId)?.lastSeen };
    });
  }
}

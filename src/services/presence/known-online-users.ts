import { Injectable } from '@nestjs/common';

import { OnlineUsers } from '../../domain/online-users.js';
import { PresenceService } from './presence.service.js';

/** Those of whom this server knows. */
@Injectable()
export class KnownOnlineUsers extends OnlineUsers {
  constructor(private readonly presence: PresenceService) {
    super();
  }

  override among(userIds: readonly string[]): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set(userIds.filter((userId) => this.presence.isConnected(userId))));
  }
}

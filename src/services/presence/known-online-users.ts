import { Injectable } from '@nestjs/common';

import { OnlineUsers } from '../../domain/online-users.js';
import { PresenceService } from './presence.service.js';

/** Those who are connected to this server, and those who are connected to others, which are asked. */
@Injectable()
export class KnownOnlineUsers extends OnlineUsers {
  constructor(private readonly presence: PresenceService) {
    super();
  }

  override async among(userIds: readonly string[]): Promise<ReadonlySet<string>> {
    const here = userIds.filter((userId) => this.presence.isConnected(userId));
    const others = userIds.filter((userId) => !this.presence.isConnected(userId));
    return new Set([...here, ...(await this.presence.connectedElsewhere(others))]);
  }
}

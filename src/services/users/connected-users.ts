import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { type ConnectionEvent, DomainEvents } from '../../domain/domain-events.js';

/**
 * Who has a connection here. A user exists from the upgrade on, while its row is written a moment later: between the two
 * it is known only by its connection.
 */
@Injectable()
export class ConnectedUsers implements OnModuleInit, OnApplicationShutdown {
  /** By user. */
  private readonly connections = new Map<string, number>();
  private subscriptions: readonly (() => void)[] = [];

  constructor(
    private readonly config: Config,
    private readonly events: DomainEvents,
  ) {}

  /** Where strangers become users by being written to, and not by registering, nobody asks. */
  onModuleInit(): void {
    const { unknownRecipients, registration } = this.config.users;
    if (unknownRecipients === 'create' && registration === 'closed') return;
    this.subscriptions = [
      this.events.on('connectionOpened', (event) => {
        this.count(event, 1);
      }),
      this.events.on('connectionClosed', (event) => {
        this.count(event, -1);
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe();
  }

  has(userId: string): boolean {
    return this.connections.has(userId);
  }

  private count({ userId }: ConnectionEvent, more: number): void {
    const count = (this.connections.get(userId) ?? 0) + more;
    if (count > 0) this.connections.set(userId, count);
    else this.connections.delete(userId);
  }
}

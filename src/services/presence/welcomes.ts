import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { type ConnectionEvent, DomainEvents } from '../../domain/domain-events.js';
import { Hosting } from './hosting.js';
import { PresenceTeller } from './presence-teller.js';
import { Presences } from './presences.js';

/** Has each new connection told which of its user's contacts are online. */
@Injectable()
export class Welcomes implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Welcomes.name);
  private readonly tasks = new Set<Promise<void>>();
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly presences: Presences,
    private readonly hosting: Hosting,
    private readonly teller: PresenceTeller,
    private readonly events: DomainEvents,
  ) {}

  onModuleInit(): void {
    this.teller.tells(() => this.presences.watchers());
    this.unsubscribe = this.events.on('connectionSettled', (event) => {
      const task = this.welcome(event).finally(() => this.tasks.delete(task));
      this.tasks.add(task);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.unsubscribe();
    await Promise.all(this.tasks);
  }

  private async welcome({ userId, connectionId }: ConnectionEvent): Promise<void> {
    try {
      this.hosting.recheck(await this.teller.welcome(userId, connectionId));
    } catch (error) {
      this.logger.warn({ msg: 'who is online was not told', connectionId, error: String(error) });
    }
  }
}

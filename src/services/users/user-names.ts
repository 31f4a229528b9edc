import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { DomainEvents } from '../../domain/domain-events.js';
import type { Principal } from '../../domain/principal.js';
import { UsersRepository } from './users.repository.js';

/** Keeps the name that a renewed token gives; that of a token which connects is kept with its device. */
@Injectable()
export class UserNames implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(UserNames.name);
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly users: UsersRepository,
    private readonly events: DomainEvents,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.events.on('principalRenewed', ({ principal }) => {
      this.keep(principal);
    });
  }

  onApplicationShutdown(): void {
    this.unsubscribe();
  }

  /** A token must be renewable while the database is away: the name then waits for the next connection. */
  private keep({ userId, name }: Principal): void {
    if (name === undefined) return;
    this.users.rename(userId, name).catch((error: unknown) => {
      this.logger.warn({ msg: 'a new name was not kept', error: String(error) });
    });
  }
}

import type { Bus } from '../../src/delivery/bus/bus.js';
import { BusPresenceExchange } from '../../src/delivery/bus-presence-exchange.js';
import type { Config } from '../../src/config/config.js';
import type { Clock } from '../../src/domain/clock.js';
import type { DomainEvents } from '../../src/domain/domain-events.js';
import { Hearing } from '../../src/services/presence/hearing.js';
import { HeldServers } from '../../src/services/presence/held-servers.js';
import { Hosting } from '../../src/services/presence/hosting.js';
import { PresenceDirectory } from '../../src/services/presence/presence-directory.js';
import { PresenceService } from '../../src/services/presence/presence.service.js';
import { PresenceTeller } from '../../src/services/presence/presence-teller.js';
import { PresenceUsers } from '../../src/services/presence/presence-users.js';
import { Presences } from '../../src/services/presence/presences.js';
import { UserNews } from '../../src/services/presence/user-news.js';
import { Welcomes } from '../../src/services/presence/welcomes.js';
import type { UserNumbers } from '../../src/services/users/user-numbers.js';
import type { UsersRepository } from '../../src/services/users/users.repository.js';

export interface PresenceParts {
  readonly bus: Bus;
  readonly users: UsersRepository;
  readonly numbers: UserNumbers;
  readonly events: DomainEvents;
  readonly clock: Clock;
  readonly config: Config;
}

/** All of one server's presence, put together as its module does. */
export class RunningPresence {
  readonly service: PresenceService;
  readonly directory = new PresenceDirectory();
  private readonly exchange: BusPresenceExchange;
  private readonly parts: { onModuleInit?(): void; onApplicationShutdown(): unknown }[];

  constructor({ bus, users: repository, numbers, events, clock, config }: PresenceParts) {
    const { directory } = this;
    const exchange = new BusPresenceExchange(bus);
    const presences = new Presences(clock, config);
    const users = new PresenceUsers(repository, config);
    const hosting = new Hosting(presences, directory, users, exchange, events);
    const held = new HeldServers(exchange, events, clock, config);
    const teller = new PresenceTeller(
      directory,
      users,
      new UserNews(numbers, directory, events, config),
      events,
      clock,
    );
    const hearing = new Hearing(exchange, directory, held, hosting, teller);
    this.service = new PresenceService(presences, directory, hosting, exchange, clock);
    this.exchange = exchange;
    this.parts = [exchange, hosting, held, teller, hearing, new Welcomes(presences, hosting, teller, events)];
    for (const part of this.parts) part.onModuleInit?.();
  }

  get server(): string {
    return this.exchange.server;
  }

  async stop(): Promise<void> {
    for (const part of this.parts) await part.onApplicationShutdown();
  }
}

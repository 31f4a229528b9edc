import { Global, Logger, Module } from '@nestjs/common';
import { Clock } from './domain/clock.js';
import { DomainEvents } from './domain/domain-events.js';
import { Metrics } from './domain/metrics.js';

const logger = new Logger(DomainEvents.name);

/** What every room may ask for: the time, and what happens in this process, and what is counted of it. */
@Global()
@Module({
  providers: [
    Metrics,
    { provide: Clock, useValue: { now: () => Date.now() } satisfies Clock },
    {
      provide: DomainEvents,
      useFactory: () =>
        new DomainEvents((error) => {
          logger.error(error);
        }),
    },
  ],
  exports: [Clock, DomainEvents, Metrics],
})
export class KernelModule {}

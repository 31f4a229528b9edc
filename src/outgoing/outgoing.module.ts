import { type DynamicModule, Module } from '@nestjs/common';
import type { OutgoingConfig } from '../config/config.js';
import { Clock } from '../domain/clock.js';
import { Courier } from './courier.js';
import { EventTransport } from './event-transport.js';
import { Expander } from './expander.js';
import { NatsTransport } from './nats-transport.js';
import { NotedChangesRepository } from './noted-changes.repository.js';
import { OutboxRepository } from './outbox.repository.js';
import { OutgoingEventsRepository } from './outgoing-events.repository.js';
import { OutgoingPump } from './outgoing-pump.js';
import { WebhookTransport } from './webhook-transport.js';

/** Domain events for other services; nothing where none is configured. */
@Module({})
export class OutgoingModule {
  static with({ webhook, nats, timeoutMs }: OutgoingConfig): DynamicModule {
    if (!webhook && !nats) return { module: OutgoingModule };
    const openTransport = (clock: Clock): EventTransport | undefined => {
      return webhook ? new WebhookTransport(webhook, timeoutMs, clock) : nats && new NatsTransport(nats, timeoutMs);
    };
    return {
      module: OutgoingModule,
      providers: [
        OutboxRepository,
        NotedChangesRepository,
        OutgoingEventsRepository,
        Expander,
        Courier,
        OutgoingPump,
        { provide: EventTransport, inject: [Clock], useFactory: openTransport },
      ],
    };
  }
}

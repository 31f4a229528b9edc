import { type DynamicModule, Module } from '@nestjs/common';

import { AuthModule } from '../auth/auth.module.js';
import { Config } from '../config/config.js';
import { DeliveryModule } from '../delivery/delivery.module.js';
import { Hub } from '../delivery/hub.js';
import { TopicHub } from '../delivery/topics/topic-hub.js';
import type { Dialect } from '../dialects/dialect.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { FramesIn } from '../dispatch/frames-in.js';
import { Clock } from '../domain/clock.js';
import { DomainEvents } from '../domain/domain-events.js';
import { Metrics } from '../domain/metrics.js';
import { ConcordGateway } from './concord.gateway.js';
import { Surroundings } from './connection-services.js';
import { Connections } from './connections.js';
import { DialectRegistry } from './dialect-registry.js';
import { Drain } from './drain.js';
import { MessagingGateway } from './messaging.gateway.js';
import { RealtimeGateway } from './realtime.gateway.js';
import { Reception } from './reception.js';
import { Sweep } from './sweep.js';
import { UpgradeAdapter } from './upgrade.adapter.js';
import { UpgradeGate } from './upgrade-gate.js';

type Neighbours = [Dispatcher, FramesIn, Metrics, Hub, TopicHub, Clock, DomainEvents, Config];

@Module({
  imports: [AuthModule, DeliveryModule],
  providers: [
    {
      provide: Surroundings,
      inject: [Dispatcher, FramesIn, Metrics, Hub, TopicHub, Clock, DomainEvents, Config],
      useFactory: (...neighbours: Neighbours): Surroundings => {
        const [dispatcher, framesIn, metrics, hub, topicHub, clock, events, config] = neighbours;
        return { dispatcher, framesIn, metrics, hub, topicHub, clock, events, config };
      },
    },
    Connections,
    Sweep,
    Drain,
    Reception,
    UpgradeGate,
    UpgradeAdapter,
    MessagingGateway,
    ConcordGateway,
    RealtimeGateway,
  ],
  exports: [UpgradeAdapter, Drain],
})
export class GatewayModule {
  /** @param dialects what this server speaks; the gateway knows them by their interface only */
  static with(dialects: readonly Dialect[]): DynamicModule {
    return {
      module: GatewayModule,
      providers: [{ provide: DialectRegistry, useValue: new DialectRegistry(dialects) }],
    };
  }
}

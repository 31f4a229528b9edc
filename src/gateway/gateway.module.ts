import { type DynamicModule, Module } from '@nestjs/common';

import { AuthModule } from '../auth/auth.module.js';
import { DeliveryModule } from '../delivery/delivery.module.js';
import type { Dialect } from '../dialects/dialect.js';
import { ConcordGateway } from './concord.gateway.js';
import { Connections } from './connections.js';
import { DialectRegistry } from './dialect-registry.js';
import { Drain } from './drain.js';
import { MessagingGateway } from './messaging.gateway.js';
import { RealtimeGateway } from './realtime.gateway.js';
import { Sweep } from './sweep.js';
import { UpgradeAdapter } from './upgrade.adapter.js';
import { UpgradeGate } from './upgrade-gate.js';

@Module({
  imports: [AuthModule, DeliveryModule],
  providers: [
    Connections,
    Sweep,
    Drain,
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

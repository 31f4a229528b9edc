import { Module } from '@nestjs/common';

import { AuthModule } from '../auth/auth.module.js';
import { DeliveryModule } from '../delivery/delivery.module.js';
import { messagingDialect } from '../dialects/messaging/messaging.dialect.js';
import { ConcordGateway } from './concord.gateway.js';
import { Connections } from './connections.js';
import { DialectRegistry } from './dialect-registry.js';
import { Drain } from './drain.js';
import { MessagingGateway } from './messaging.gateway.js';
import { RealtimeGateway } from './realtime.gateway.js';
import { Sweep } from './sweep.js';
import { UpgradeAdapter } from './upgrade.adapter.js';
import { UpgradeGate } from './upgrade-gate.js';

/** The one place that names the dialects; everything else knows them by their interface. */
const dialects = new DialectRegistry([messagingDialect]);

@Module({
  imports: [AuthModule, DeliveryModule],
  providers: [
    { provide: DialectRegistry, useValue: dialects },
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
export class GatewayModule {}

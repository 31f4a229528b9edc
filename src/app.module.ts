import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { AuthModule } from './auth/auth.module.js';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { messagingDialect } from './dialects/messaging/messaging.dialect.js';
import { DispatchModule } from './dispatch/dispatch.module.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { HealthModule } from './health/health.module.js';
import { KernelModule } from './kernel.module.js';
import { LogModule } from './log/log.module.js';
import { ChatsModule } from './services/chats/chats.module.js';
import { MessagesModule } from './services/messages/messages.module.js';
import { PresenceModule } from './services/presence/presence.module.js';
import { ReceiptsModule } from './services/receipts/receipts.module.js';
import { UsersModule } from './services/users/users.module.js';

@Module({})
export class AppModule {
  static of(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        // Requests are not logged one by one: their addresses may hold tokens.
        LoggerModule.forRoot({ pinoHttp: { level: config.server.logLevel, autoLogging: false } }),
        ConfigModule.of(config),
        KernelModule,
        DatabaseModule,
        LogModule,
        AuthModule,
        DispatchModule.with(config.limits),
        DeliveryModule,
        UsersModule,
        ChatsModule,
        MessagesModule,
        ReceiptsModule,
        PresenceModule,
        GatewayModule.with([messagingDialect]),
        HealthModule,
      ],
    };
  }
}

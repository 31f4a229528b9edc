import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { AdminModule } from './admin/admin.module.js';
import { ApiModule } from './api/api.module.js';
import { AuthModule } from './auth/auth.module.js';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { concordDialect } from './dialects/concord/concord.dialect.js';
import { messagingDialect } from './dialects/messaging/messaging.dialect.js';
import { realtimeDialect } from './dialects/realtime/realtime.dialect.js';
import { DispatchModule } from './dispatch/dispatch.module.js';
import { ExtensionPortsModule } from './extension-ports.module.js';
import type { Extension } from './extension.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { HealthModule } from './health/health.module.js';
import { KernelModule } from './kernel.module.js';
import { LogModule } from './log/log.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { OutgoingModule } from './outgoing/outgoing.module.js';
import { requestLogging } from './request-logging.js';
import { AccountsModule } from './services/accounts/accounts.module.js';
import { BinaryModule } from './services/binary/binary.module.js';
import { CallsModule } from './services/calls/calls.module.js';
import { ChannelsModule } from './services/channels/channels.module.js';
import { ChatsModule } from './services/chats/chats.module.js';
import { MessagesModule } from './services/messages/messages.module.js';
import { PresenceModule } from './services/presence/presence.module.js';
import { ReceiptsModule } from './services/receipts/receipts.module.js';
import { TopicsModule } from './services/topics/topics.module.js';
import { UsersModule } from './services/users/users.module.js';

@Module({})
export class AppModule {
  /** @param extensions the operator's own, whose handlers are found like those that are here */
  static of(config: Config, extensions: readonly Extension[] = []): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot({ pinoHttp: requestLogging(config.server.logLevel) }),
        ConfigModule.of(config),
        KernelModule,
        ObservabilityModule,
        DatabaseModule.with(extensions),
        LogModule,
        AuthModule,
        DispatchModule.with(config.limits),
        DeliveryModule,
        UsersModule,
        AccountsModule,
        ChatsModule,
        ChannelsModule,
        MessagesModule,
        ReceiptsModule,
        PresenceModule,
        TopicsModule,
        BinaryModule,
        CallsModule,
        GatewayModule.with([messagingDialect, concordDialect, realtimeDialect]),
        ApiModule,
        AdminModule,
        HealthModule,
        OutgoingModule.with(config.outgoing),
        ExtensionPortsModule,
        ...extensions.map(({ module }) => module),
      ],
    };
  }
}

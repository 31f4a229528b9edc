import { Module } from '@nestjs/common';
import { RestModule } from '../rest/rest.module.js';
import { AccountsModule } from '../services/accounts/accounts.module.js';
import { AuditModule } from '../services/audit/audit.module.js';
import { BansModule } from '../services/bans/bans.module.js';
import { ErasureModule } from '../services/erasure/erasure.module.js';
import { ExportsModule } from '../services/exports/exports.module.js';
import { OperationsModule } from '../services/operations/operations.module.js';
import { OversightModule } from '../services/oversight/oversight.module.js';
import { PresenceModule } from '../services/presence/presence.module.js';
import { TopicsModule } from '../services/topics/topics.module.js';
import { UsersModule } from '../services/users/users.module.js';
import { AuditController } from './audit.controller.js';
import { AdminChatsController } from './chats.controller.js';
import { AdminMessagesController } from './messages.controller.js';
import { CallsController } from './calls.controller.js';
import { ConnectionsController } from './connections.controller.js';
import { NotificationsController } from './notifications.controller.js';
import { ShownUsers } from './shown-users.js';
import { StatsController } from './stats.controller.js';
import { TopicsController } from './topics.controller.js';
import { UserBansController } from './user-bans.controller.js';
import { UserExportController } from './user-export.controller.js';
import { UserTokensController } from './user-tokens.controller.js';
import { UsersController } from './users.controller.js';

/** REST for operators, under `/admin`; `adminAccess` stands before all of it. */
@Module({
  imports: [
    RestModule,
    AuditModule,
    OperationsModule,
    OversightModule,
    TopicsModule,
    AccountsModule,
    BansModule,
    ErasureModule,
    ExportsModule,
    PresenceModule,
    UsersModule,
  ],
  controllers: [
    ConnectionsController,
    AdminChatsController,
    AdminMessagesController,
    TopicsController,
    CallsController,
    NotificationsController,
    StatsController,
    AuditController,
    UsersController,
    UserBansController,
    UserTokensController,
    UserExportController,
  ],
  providers: [ShownUsers],
})
export class AdminModule {}

import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { RestModule } from '../rest/rest.module.js';
import { AccountsModule } from '../services/accounts/accounts.module.js';
import { CallsModule } from '../services/calls/calls.module.js';
import { ChannelsModule } from '../services/channels/channels.module.js';
import { FilesModule } from '../services/files/files.module.js';
import { PresenceModule } from '../services/presence/presence.module.js';
import { ChannelChatsController } from './channel-chats.controller.js';
import { ChannelsController } from './channels.controller.js';
import { ChatsController } from './chats.controller.js';
import { FilesController } from './files.controller.js';
import { IceServersController } from './ice-servers.controller.js';
import { SelfController } from './self.controller.js';
import { ServerController } from './server.controller.js';
import { ThreadsController } from './threads.controller.js';
import { TokensController } from './tokens.controller.js';
import { UsersController } from './users.controller.js';

/** REST for users, under `/api`. */
@Module({
  imports: [AuthModule, RestModule, AccountsModule, CallsModule, ChannelsModule, FilesModule, PresenceModule],
  controllers: [
    UsersController,
    TokensController,
    SelfController,
    ServerController,
    ChannelsController,
    ChannelChatsController,
    ThreadsController,
    ChatsController,
    FilesController,
    IceServersController,
  ],
})
export class ApiModule {}

import { Module } from '@nestjs/common';

import { LogModule } from '../../log/log.module.js';
import { UsersModule } from '../users/users.module.js';
import { ChatDirectory } from './chat-directory.js';
import { ChatsHandlers } from './chats.handlers.js';
import { ChatsRepository } from './chats.repository.js';
import { ChatsService } from './chats.service.js';
import { GroupsHandlers } from './groups.handlers.js';
import { GroupsService } from './groups.service.js';
import { ReceiptsRepository } from './receipts.repository.js';

@Module({
  imports: [LogModule, UsersModule],
  providers: [
    ChatDirectory,
    ChatsRepository,
    ChatsService,
    ChatsHandlers,
    GroupsService,
    GroupsHandlers,
    ReceiptsRepository,
  ],
  exports: [ChatDirectory, ChatsService, ReceiptsRepository, LogModule, UsersModule],
})
export class ChatsModule {}

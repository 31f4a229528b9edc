import { Module } from '@nestjs/common';

import { LogModule } from '../../log/log.module.js';
import { UsersModule } from '../users/users.module.js';
import { ChatDirectory } from './chat-directory.js';
import { ChatTopics } from './chat-topics.js';
import { ChatsHandlers } from './chats.handlers.js';
import { ChatsRepository } from './chats.repository.js';
import { ChatsService } from './chats.service.js';
import { GroupsHandlers } from './groups.handlers.js';
import { GroupsService } from './groups.service.js';
import { MessageIds } from './message-ids.js';
import { PayloadSender } from './payload-sender.js';
import { ReceiptsRepository } from './receipts.repository.js';
import { ThreadDirectory } from './thread-directory.js';

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
    PayloadSender,
    ChatTopics,
    ThreadDirectory,
    MessageIds,
  ],
  exports: [
    ChatDirectory,
    ChatsService,
    ReceiptsRepository,
    PayloadSender,
    ChatTopics,
    ThreadDirectory,
    MessageIds,
    LogModule,
    UsersModule,
  ],
})
export class ChatsModule {}

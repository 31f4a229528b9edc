import { Module } from '@nestjs/common';

import { ChatsModule } from '../chats/chats.module.js';
import { HistoryService } from './history.service.js';
import { MessagesHandlers } from './messages.handlers.js';
import { MessagesRepository } from './messages.repository.js';
import { MessagesService } from './messages.service.js';

@Module({
  imports: [ChatsModule],
  providers: [MessagesRepository, MessagesService, HistoryService, MessagesHandlers],
  exports: [MessagesService, HistoryService],
})
export class MessagesModule {}

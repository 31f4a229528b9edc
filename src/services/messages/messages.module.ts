import { Module } from '@nestjs/common';

import { Chats } from '../../domain/chats.js';
import { ChatsModule } from '../chats/chats.module.js';
import { DirectMessagesHandlers } from './direct-messages.handlers.js';
import { DirectMessagesService } from './direct-messages.service.js';
import { ExtensionsHandlers } from './extensions.handlers.js';
import { ExtensionsService } from './extensions.service.js';
import { HistoryService } from './history.service.js';
import { MessagesHandlers } from './messages.handlers.js';
import { MessagesRepository } from './messages.repository.js';
import { MessagesService } from './messages.service.js';
import { ModuleChats } from './module-chats.js';

@Module({
  imports: [ChatsModule],
  providers: [
    MessagesRepository,
    MessagesService,
    HistoryService,
    MessagesHandlers,
    DirectMessagesService,
    DirectMessagesHandlers,
    ExtensionsService,
    ExtensionsHandlers,
    { provide: Chats, useClass: ModuleChats },
  ],
  exports: [MessagesService, HistoryService, Chats],
})
export class MessagesModule {}

import { Module } from '@nestjs/common';

import { LogModule } from '../../log/log.module.js';
import { ChatsModule } from '../chats/chats.module.js';
import { ChannelChatsService } from './channel-chats.service.js';
import { ChannelFinder } from './channel-finder.js';
import { ChannelMessagesRepository } from './channel-messages.repository.js';
import { ChannelsHandlers } from './channels.handlers.js';
import { ChannelsService } from './channels.service.js';
import { ChatFilters } from './chat-filters.js';
import { ServerProfileService } from './server-profile.service.js';
import { ThreadsRepository } from './threads.repository.js';
import { ThreadsService } from './threads.service.js';

const SERVICES = [ChannelsService, ServerProfileService, ThreadsService, ChannelChatsService];

@Module({
  imports: [LogModule, ChatsModule],
  providers: [...SERVICES, ChannelFinder, ChatFilters, ChannelMessagesRepository, ThreadsRepository, ChannelsHandlers],
  exports: SERVICES,
})
export class ChannelsModule {}

import { Module } from '@nestjs/common';

import { ChatsModule } from '../chats/chats.module.js';
import { ChannelTyping } from './channel-typing.js';
import { PresenceHandlers } from './presence.handlers.js';
import { PresenceQueryService } from './presence-query.service.js';
import { PresenceService } from './presence.service.js';
import { ProfilesRepository } from './profiles.repository.js';
import { ProfilesService } from './profiles.service.js';
import { TypingHandlers } from './typing.handlers.js';
import { TypingService } from './typing.service.js';
import { UserNews } from './user-news.js';

@Module({
  imports: [ChatsModule],
  providers: [
    PresenceService,
    PresenceQueryService,
    PresenceHandlers,
    UserNews,
    ProfilesRepository,
    ProfilesService,
    ChannelTyping,
    TypingService,
    TypingHandlers,
  ],
  exports: [PresenceService, PresenceQueryService, ProfilesService],
})
export class PresenceModule {}

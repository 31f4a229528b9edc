import { Global, Module } from '@nestjs/common';

import { OnlineUsers } from '../../domain/online-users.js';
import { ChatsModule } from '../chats/chats.module.js';
import { ChannelTyping } from './channel-typing.js';
import { KnownOnlineUsers } from './known-online-users.js';
import { PresenceHandlers } from './presence.handlers.js';
import { PresenceQueryService } from './presence-query.service.js';
import { PresenceService } from './presence.service.js';
import { ProfilesRepository } from './profiles.repository.js';
import { ProfilesService } from './profiles.service.js';
import { TypingHandlers } from './typing.handlers.js';
import { TypingService } from './typing.service.js';
import { UserNews } from './user-news.js';

/** Global for the port that it provides: whoever tells other services who is online knows nothing of services here. */
@Global()
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
    { provide: OnlineUsers, useClass: KnownOnlineUsers },
  ],
  exports: [PresenceService, PresenceQueryService, ProfilesService, OnlineUsers],
})
export class PresenceModule {}

import { Global, Module } from '@nestjs/common';

import { OnlineUsers } from '../../domain/online-users.js';
import { ChatsModule } from '../chats/chats.module.js';
import { ChannelTyping } from './channel-typing.js';
import { Hearing } from './hearing.js';
import { HeldServers } from './held-servers.js';
import { Hosting } from './hosting.js';
import { KnownOnlineUsers } from './known-online-users.js';
import { PresenceDirectory } from './presence-directory.js';
import { PresenceHandlers } from './presence.handlers.js';
import { PresenceQueryService } from './presence-query.service.js';
import { PresenceService } from './presence.service.js';
import { PresenceTeller } from './presence-teller.js';
import { PresenceUsers } from './presence-users.js';
import { Presences } from './presences.js';
import { ProfilesRepository } from './profiles.repository.js';
import { ProfilesService } from './profiles.service.js';
import { TypingHandlers } from './typing.handlers.js';
import { TypingService } from './typing.service.js';
import { UserNews } from './user-news.js';
import { Welcomes } from './welcomes.js';

/** Global for the port that it provides: whoever tells other services who is online knows nothing of services here. */
@Global()
@Module({
  imports: [ChatsModule],
  providers: [
    Presences,
    PresenceDirectory,
    PresenceUsers,
    Hosting,
    HeldServers,
    PresenceTeller,
    Hearing,
    Welcomes,
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

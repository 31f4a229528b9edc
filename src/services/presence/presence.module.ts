import { Module } from '@nestjs/common';

import { ChatsModule } from '../chats/chats.module.js';
import { PresenceHandlers } from './presence.handlers.js';
import { PresenceQueryService } from './presence-query.service.js';
import { PresenceService } from './presence.service.js';
import { TypingHandlers } from './typing.handlers.js';
import { TypingService } from './typing.service.js';

@Module({
  imports: [ChatsModule],
  providers: [PresenceService, PresenceQueryService, PresenceHandlers, TypingService, TypingHandlers],
  exports: [PresenceService, PresenceQueryService],
})
export class PresenceModule {}

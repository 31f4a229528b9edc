import { Module } from '@nestjs/common';

import { ChatsModule } from '../chats/chats.module.js';
import { PresenceHandlers } from './presence.handlers.js';
import { PresenceService } from './presence.service.js';
import { TypingService } from './typing.service.js';

@Module({
  imports: [ChatsModule],
  providers: [PresenceService, TypingService, PresenceHandlers],
  exports: [PresenceService],
})
export class PresenceModule {}

import { Module } from '@nestjs/common';
import { LogModule } from '../../log/log.module.js';
import { UsersModule } from '../users/users.module.js';
import { JourneysService } from './journeys.service.js';
import { MarksRepository } from './marks.repository.js';
import { OperatorChatsRepository } from './operator-chats.repository.js';
import { OperatorChatsService } from './operator-chats.service.js';
import { OperatorMessagesRepository } from './operator-messages.repository.js';
import { OperatorMessagesService } from './operator-messages.service.js';

const SERVICES = [OperatorChatsService, OperatorMessagesService, JourneysService];

/** What operators see and mend in chats that they are not in. */
@Module({
  imports: [LogModule, UsersModule],
  providers: [...SERVICES, OperatorChatsRepository, OperatorMessagesRepository, MarksRepository],
  exports: SERVICES,
})
export class OversightModule {}

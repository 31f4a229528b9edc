import { Module } from '@nestjs/common';

import { ChatsModule } from '../chats/chats.module.js';
import { BroadcastsService } from './broadcasts.service.js';
import { ChatBroadcaster } from './chat-broadcaster.js';
import { ChatHistoryRepository } from './chat-history.repository.js';
import { CustomService } from './custom.service.js';
import { KeptTopicsRepository } from './kept-topics.repository.js';
import { OperatorTopicsService } from './operator-topics.service.js';
import { SubscriptionsService } from './subscriptions.service.js';
import { TopicBroadcaster } from './topic-broadcaster.js';
import { TopicHistoryService } from './topic-history.service.js';
import { TopicRights } from './topic-rights.js';
import { TopicsHandlers } from './topics.handlers.js';

@Module({
  imports: [ChatsModule],
  providers: [
    TopicRights,
    SubscriptionsService,
    BroadcastsService,
    TopicBroadcaster,
    ChatBroadcaster,
    ChatHistoryRepository,
    TopicHistoryService,
    CustomService,
    TopicsHandlers,
    KeptTopicsRepository,
    OperatorTopicsService,
  ],
  exports: [OperatorTopicsService],
})
export class TopicsModule {}

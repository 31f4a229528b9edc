import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, RequestOf } from '../../domain/payloads.js';
import { BroadcastDto } from './broadcast.dto.js';
import { BroadcastsService } from './broadcasts.service.js';
import { CustomDto } from './custom.dto.js';
import { CustomService } from './custom.service.js';
import { SubscribeDto } from './subscribe.dto.js';
import { SubscriptionsService } from './subscriptions.service.js';
import { TopicHistoryDto } from './topic-history.dto.js';
import { TopicHistoryService } from './topic-history.service.js';

@Injectable()
export class TopicsHandlers {
  constructor(
    private readonly subscriptions: SubscriptionsService,
    private readonly broadcasts: BroadcastsService,
    private readonly history: TopicHistoryService,
    private readonly custom: CustomService,
  ) {}

  @HandlesPayload('subscribe', { payload: SubscribeDto, order: 'barrier' })
  subscribe(payload: RequestOf<'subscribe'>, caller: Caller): Promise<AnswerOf<'subscribe'>> {
    return this.subscriptions.subscribe(caller, payload);
  }

  @HandlesPayload('unsubscribe', { payload: SubscribeDto, order: 'barrier' })
  unsubscribe(payload: RequestOf<'unsubscribe'>, caller: Caller): Promise<AnswerOf<'unsubscribe'>> {
    return this.subscriptions.unsubscribe(caller, payload);
  }

  @HandlesPayload('broadcast', { payload: BroadcastDto, order: 'append' })
  broadcast(payload: RequestOf<'broadcast'>, caller: Caller): Promise<AnswerOf<'broadcast'>> {
    return this.broadcasts.broadcast(caller, payload);
  }

  @HandlesPayload('topicHistory', { payload: TopicHistoryDto, dialects: ['realtime'] })
  page(payload: RequestOf<'topicHistory'>, caller: Caller): Promise<AnswerOf<'topicHistory'>> {
    return this.history.page(caller, payload);
  }

  @HandlesPayload('custom', { payload: CustomDto, order: 'append', dialects: ['realtime'] })
  hand(payload: RequestOf<'custom'>, caller: Caller): Promise<AnswerOf<'custom'>> {
    return this.custom.hand(caller, payload);
  }
}

import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, RequestOf } from '../../domain/payloads.js';
import { DirectMessageDto } from './direct-message.dto.js';
import { DirectMessagesService } from './direct-messages.service.js';

@Injectable()
export class DirectMessagesHandlers {
  constructor(private readonly directMessages: DirectMessagesService) {}

  @HandlesPayload('directMessage', { payload: DirectMessageDto, order: 'append', dialects: ['realtime'] })
  send(payload: RequestOf<'directMessage'>, caller: Caller): Promise<AnswerOf<'directMessage'>> {
    return this.directMessages.send(caller, payload);
  }
}

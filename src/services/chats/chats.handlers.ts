import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, ChatAnswer, RequestOf } from '../../domain/payloads.js';
import { ChatDto, ChatsDto } from './chat.dto.js';
import { ChatsService } from './chats.service.js';

@Injectable()
export class ChatsHandlers {
  constructor(private readonly chats: ChatsService) {}

  @HandlesPayload('chat', { payload: ChatDto })
  chat(payload: RequestOf<'chat'>, caller: Caller): Promise<ChatAnswer> {
    return this.chats.one(caller, payload);
  }

  @HandlesPayload('chats', { payload: ChatsDto })
  list(payload: RequestOf<'chats'>, caller: Caller): Promise<AnswerOf<'chats'>> {
    return this.chats.list(caller, payload);
  }
}

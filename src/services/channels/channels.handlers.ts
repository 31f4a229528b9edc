import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, RequestOf } from '../../domain/payloads.js';
import { ChannelChatsService } from './channel-chats.service.js';
import { ChatReactionDto } from './chat-reaction.dto.js';
import { ChatWrittenDto } from './chat.dto.js';

@Injectable()
export class ChannelsHandlers {
  constructor(private readonly chats: ChannelChatsService) {}

  @HandlesPayload('chat_written', { payload: ChatWrittenDto, order: 'append', dialects: ['concord'] })
  write(payload: RequestOf<'chat_written'>, caller: Caller): Promise<AnswerOf<'chat_written'>> {
    return this.chats.write(caller, payload);
  }

  /** The frame doesn't say in which channel the chat is, so it may concern any: all that comes after it waits. */
  @HandlesPayload('chat_reaction', { payload: ChatReactionDto, order: 'barrier', dialects: ['concord'] })
  react(payload: RequestOf<'chat_reaction'>, caller: Caller): Promise<AnswerOf<'chat_reaction'>> {
    return this.chats.reactOnly(caller, payload);
  }
}

import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, RequestOf } from '../../domain/payloads.js';
import { ChannelTyping } from './channel-typing.js';
import { ChannelTypingDto, ExtendedTypingDto, TypingDto } from './typing.dto.js';
import { TypingService } from './typing.service.js';

@Injectable()
export class TypingHandlers {
  constructor(
    private readonly typing: TypingService,
    private readonly inChannels: ChannelTyping,
  ) {}

  @HandlesPayload('typing', { payload: TypingDto, kind: 'event' })
  tell(payload: RequestOf<'typing'>, caller: Caller): Promise<void> {
    return this.typing.tell(caller, payload);
  }

  @HandlesPayload('X-Typing', { payload: ExtendedTypingDto, dialects: ['realtime'] })
  async tellExtended(payload: RequestOf<'X-Typing'>, caller: Caller): Promise<AnswerOf<'X-Typing'>> {
    await this.typing.tellExtended(caller, payload);
    return {};
  }

  @HandlesPayload('chat_typing', { payload: ChannelTypingDto, kind: 'event', dialects: ['concord'] })
  tellByNumber(payload: RequestOf<'chat_typing'>, caller: Caller): Promise<void> {
    return this.inChannels.tell(caller, payload);
  }
}

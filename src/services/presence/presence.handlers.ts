import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, RequestOf } from '../../domain/payloads.js';
import { PresenceDto } from './presence.dto.js';
import { PresenceService } from './presence.service.js';
import { TypingDto } from './typing.dto.js';
import { TypingService } from './typing.service.js';

@Injectable()
export class PresenceHandlers {
  constructor(
    private readonly presence: PresenceService,
    private readonly typing: TypingService,
  ) {}

  @HandlesPayload('presence', { payload: PresenceDto })
  list(payload: RequestOf<'presence'>): Promise<AnswerOf<'presence'>> {
    return this.presence.list(payload);
  }

  @HandlesPayload('typing', { payload: TypingDto, kind: 'event' })
  tellTyping(payload: RequestOf<'typing'>, caller: Caller): Promise<void> {
    return this.typing.tell(caller, payload);
  }

  @HandlesPayload('offline', { kind: 'event' })
  offline(_payload: undefined, caller: Caller): Promise<void> {
    caller.leave();
    return Promise.resolve();
  }
}

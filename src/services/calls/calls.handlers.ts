import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, RequestOf } from '../../domain/payloads.js';
import { CallDto, NewCallDto, SignalDto } from './calls.dto.js';
import { CallsService } from './calls.service.js';
import { SignalsService } from './signals.service.js';

/**
 * A call belongs to a chat, but frames name it by its id alone, so nobody sees from them which frames concern the same chat. Those
 * that change it are barriers: they are few, and take their turn among all frames of their connection. Signals are many: they keep
 * their order among themselves.
 */
@Injectable()
export class CallsHandlers {
  constructor(
    private readonly calls: CallsService,
    private readonly signals: SignalsService,
  ) {}

  @HandlesPayload('newCall', { payload: NewCallDto, dialects: ['messaging'] })
  start(payload: RequestOf<'newCall'>, caller: Caller): Promise<AnswerOf<'newCall'>> {
    return this.calls.start(caller, payload);
  }

  @HandlesPayload('acceptCall', { payload: CallDto, order: 'barrier', dialects: ['messaging'] })
  accept(payload: RequestOf<'acceptCall'>, caller: Caller): Promise<AnswerOf<'acceptCall'>> {
    return this.calls.accept(caller, payload);
  }

  @HandlesPayload('declineCall', { payload: CallDto, order: 'barrier', dialects: ['messaging'] })
  decline(payload: RequestOf<'declineCall'>, caller: Caller): Promise<AnswerOf<'declineCall'>> {
    return this.calls.decline(caller, payload);
  }

  @HandlesPayload('signal', { payload: SignalDto, dialects: ['messaging'] })
  signal(payload: RequestOf<'signal'>, caller: Caller): Promise<AnswerOf<'signal'>> {
    return this.signals.send(caller, payload);
  }

  @HandlesPayload('closeCall', { payload: CallDto, order: 'barrier', dialects: ['messaging'] })
  close(payload: RequestOf<'closeCall'>, caller: Caller): Promise<AnswerOf<'closeCall'>> {
    return this.calls.close(caller, payload);
  }
}

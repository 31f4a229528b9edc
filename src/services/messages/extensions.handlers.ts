import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, RequestOf } from '../../domain/payloads.js';
import { ExtendedDeleteDto, ExtendedEditDto, ExtendedReactionsDto } from './extensions.dto.js';
import { ExtensionsService } from './extensions.service.js';

/** The server's own extensions of a dialect that has no words for these things. */
@Injectable()
export class ExtensionsHandlers {
  constructor(private readonly extensions: ExtensionsService) {}

  @HandlesPayload('X-Edit', { payload: ExtendedEditDto, order: 'append', dialects: ['realtime'] })
  edit(payload: RequestOf<'X-Edit'>, caller: Caller): Promise<AnswerOf<'X-Edit'>> {
    return this.extensions.edit(caller, payload);
  }

  @HandlesPayload('X-Delete', { payload: ExtendedDeleteDto, order: 'append', dialects: ['realtime'] })
  delete(payload: RequestOf<'X-Delete'>, caller: Caller): Promise<AnswerOf<'X-Delete'>> {
    return this.extensions.delete(caller, payload);
  }

  @HandlesPayload('X-Reactions', { payload: ExtendedReactionsDto, order: 'append', dialects: ['realtime'] })
  react(payload: RequestOf<'X-Reactions'>, caller: Caller): Promise<AnswerOf<'X-Reactions'>> {
    return this.extensions.react(caller, payload);
  }
}

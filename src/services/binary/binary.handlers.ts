import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, RequestOf } from '../../domain/payloads.js';
import { BinaryDto } from './binary.dto.js';
import { BinaryService } from './binary.service.js';

@Injectable()
export class BinaryHandlers {
  constructor(private readonly binary: BinaryService) {}

  @HandlesPayload('binary', { payload: BinaryDto, order: 'append', dialects: ['realtime'] })
  take(payload: RequestOf<'binary'>, caller: Caller): Promise<AnswerOf<'binary'>> {
    return this.binary.take(caller, payload);
  }
}

import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, MarkAnswer, RequestOf } from '../../domain/payloads.js';
import { MarkDto } from './mark.dto.js';
import { ReceiptsDto } from './receipts.dto.js';
import { ReceiptsService } from './receipts.service.js';

@Injectable()
export class ReceiptsHandlers {
  constructor(private readonly receipts: ReceiptsService) {}

  @HandlesPayload('dlvrd', { payload: MarkDto, order: 'append' })
  delivered(payload: RequestOf<'dlvrd'>, caller: Caller): Promise<MarkAnswer> {
    return this.receipts.mark(caller, 'dlvrd', payload);
  }

  @HandlesPayload('read', { payload: MarkDto, order: 'append' })
  read(payload: RequestOf<'read'>, caller: Caller): Promise<MarkAnswer> {
    return this.receipts.mark(caller, 'read', payload);
  }

  @HandlesPayload('receipts', { payload: ReceiptsDto })
  list(payload: RequestOf<'receipts'>, caller: Caller): Promise<AnswerOf<'receipts'>> {
    return this.receipts.list(caller, payload);
  }
}

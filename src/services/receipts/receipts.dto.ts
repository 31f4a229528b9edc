import { IsOptional } from 'class-validator';

import type { ReceiptsRequest } from '../../domain/payloads.js';
import { IsChatId, IsCursor, IsMessageId, IsPageSize } from '../dto/field.decorator.js';

export class ReceiptsDto implements ReceiptsRequest {
  @IsChatId()
  readonly chatId!: string;

  @IsMessageId()
  readonly messageId!: number;

  @IsOptional()
  @IsCursor()
  readonly cursor?: string;

  /** 1 to 500, default 100. */
  @IsOptional()
  @IsPageSize()
  readonly limit?: number;
}

import { IsOptional } from 'class-validator';

import type { MarkRequest } from '../../domain/payloads.js';
import { IsChatId, IsMessageId } from '../dto/field.decorator.js';

export class MarkDto implements MarkRequest {
  @IsChatId()
  readonly chatId!: string;

  /** Covers all up to this one; absent: all. */
  @IsOptional()
  @IsMessageId()
  readonly messageId?: number;
}

import { IsBoolean, IsOptional } from 'class-validator';

import type { TypingRequest } from '../../domain/payloads.js';
import { IsChatId } from '../dto/field.decorator.js';

export class TypingDto implements TypingRequest {
  @IsChatId()
  readonly chatId!: string;

  /** The user has stopped typing. */
  @IsOptional()
  @IsBoolean()
  readonly stop?: boolean;
}

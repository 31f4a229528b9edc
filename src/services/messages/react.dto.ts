import { IsBoolean } from 'class-validator';

import type { ReactRequest } from '../../domain/payloads.js';
import { IsChatId, IsMessageId } from '../dto/field.decorator.js';
import { IsReaction } from '../dto/reaction.decorator.js';

export class ReactDto implements ReactRequest {
  @IsChatId()
  readonly chatId!: string;

  @IsMessageId()
  readonly messageId!: number;

  @IsReaction()
  readonly reaction!: string;

  @IsBoolean()
  readonly adding!: boolean;
}

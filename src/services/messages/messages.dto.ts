import { IsOptional } from 'class-validator';

import type { MessagesRequest } from '../../domain/payloads.js';
import { IsChatId, IsPageSize, IsPlace } from '../dto/field.decorator.js';

/** `startId` or `endId`, not both; neither: the newest. */
export class MessagesDto implements MessagesRequest {
  @IsChatId()
  readonly chatId!: string;

  /** This one and newer. */
  @IsOptional()
  @IsPlace()
  readonly startId?: number;

  /** Older than this one. */
  @IsOptional()
  @IsPlace()
  readonly endId?: number;

  /** 1 to 500, default 300. */
  @IsOptional()
  @IsPageSize()
  readonly count?: number;
}

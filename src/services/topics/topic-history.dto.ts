import { IsOptional } from 'class-validator';

import type { TopicHistoryRequest } from '../../domain/payloads.js';
import { IsClientId, IsPageSize, IsPlace } from '../dto/field.decorator.js';
import { IsTopic } from '../dto/topic.decorator.js';

export class TopicHistoryDto implements TopicHistoryRequest {
  @IsTopic()
  readonly topic!: string;

  /** 1 to 500, default 50. */
  @IsOptional()
  @IsPageSize()
  readonly limit?: number;

  /** Older than this message. Any text that could be an id: one that is none is unknown. */
  @IsOptional()
  @IsClientId()
  readonly before?: string;

  /** Newer than this message. */
  @IsOptional()
  @IsClientId()
  readonly after?: string;

  /** Not older than this, ms since the epoch. */
  @IsOptional()
  @IsPlace()
  readonly since?: number;
}

import { IsInt, IsOptional, Min } from 'class-validator';

import type { MessageMetadata } from '../../domain/payloads.js';
import { IsClientId, IsText } from './field.decorator.js';

/** What means something here is checked; everything else is the clients' own, kept and handed on as sent. */
export class MessageMetadataDto implements MessageMetadata {
  readonly [extra: string]: unknown;

  @IsOptional()
  @IsClientId()
  readonly idempotency_key?: string;

  /** Any text: `high` is the only one that changes anything. */
  @IsOptional()
  @IsText()
  readonly priority?: string;

  /** s */
  @IsOptional()
  @IsInt()
  @Min(0)
  readonly ttl?: number;
}

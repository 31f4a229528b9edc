import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';

import { IsText } from '../dto/field.decorator.js';
import { IsId, MayBeNull } from '../dto/id.decorator.js';
import { MAX_DESCRIPTION_LENGTH } from './channel.dto.js';

/** In characters: a line at the top of a window. */
const MAX_SERVER_NAME_LENGTH = 100;

/** What is absent stays as it is. */
export class UpdateServerDto {
  @IsOptional()
  @IsText({ min: 1, max: MAX_SERVER_NAME_LENGTH })
  @ApiPropertyOptional({ minLength: 1, maxLength: MAX_SERVER_NAME_LENGTH })
  readonly name?: string;

  @IsOptional()
  @MayBeNull()
  @IsText({ max: MAX_DESCRIPTION_LENGTH })
  @ApiPropertyOptional({ type: 'string', maxLength: MAX_DESCRIPTION_LENGTH, nullable: true })
  readonly description?: string | null;

  @IsOptional()
  @MayBeNull()
  @IsId()
  @ApiPropertyOptional({ type: 'integer', minimum: 1, nullable: true, description: "The clients' own." })
  readonly iconId?: number | null;

  @IsOptional()
  @IsId()
  @ApiPropertyOptional({ type: 'integer', minimum: 1, description: 'The channel that clients show first.' })
  readonly defaultChannelId?: number;
}

import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsInt, IsOptional, Max, Min } from 'class-validator';

import { CHANNEL_NAME_PATTERN, hasChannelNameForm } from '../../domain/channels.js';
import { check, isText, IsText, textSchema } from '../dto/field.decorator.js';
import { IsId, MayBeNull } from '../dto/id.decorator.js';

/** In characters. */
export const MAX_DESCRIPTION_LENGTH = 1_000;
/** What clients agree on among themselves; more would be data in the wrong place. */
const MAX_CAPABILITIES = 20;
const MAX_CAPABILITY_LENGTH = 64;
/** As PostgreSQL's `integer` has it. */
const MAX_ORDINALITY = 2 ** 31 - 1;
const MIN_ORDINALITY = -(2 ** 31);

/** What may be said of a channel, its name apart. Absent: as it is, or by default. */
class ChannelDescriptionDto {
  @IsOptional()
  @MayBeNull()
  @IsText({ max: MAX_DESCRIPTION_LENGTH })
  @ApiPropertyOptional({ type: 'string', maxLength: MAX_DESCRIPTION_LENGTH, nullable: true })
  readonly description?: string | null;

  @IsOptional()
  @MayBeNull()
  @IsId()
  @ApiPropertyOptional({ type: 'integer', minimum: 1, nullable: true, description: 'null: at the root of the tree.' })
  readonly parentChannelId?: number | null;

  @IsOptional()
  @IsInt()
  @Min(MIN_ORDINALITY)
  @Max(MAX_ORDINALITY)
  @ApiPropertyOptional({ type: 'integer', description: 'Its place among those of one parent; 0 by default.' })
  readonly ordinality?: number;

  @IsOptional()
  @IsCapabilities()
  @ApiPropertyOptional({ type: [String], maxItems: MAX_CAPABILITIES, example: ['TEXT'] })
  readonly capabilities?: readonly string[];
}

export class CreateChannelDto extends ChannelDescriptionDto {
  @IsChannelName()
  @ApiProperty({ pattern: '^[A-Za-z0-9_-]{1,64}$' })
  readonly name!: string;
}

export class UpdateChannelDto extends ChannelDescriptionDto {
  @IsOptional()
  @IsChannelName()
  @ApiPropertyOptional({ pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'History stays with the channel.' })
  readonly name?: string;
}

function IsChannelName(): PropertyDecorator {
  return check('isChannelName', (value) => typeof value === 'string' && hasChannelNameForm(value), {
    schema: { type: 'string', pattern: CHANNEL_NAME_PATTERN, examples: ['general'] },
  });
}

function IsCapabilities(): PropertyDecorator {
  const isCapability = (value: unknown): boolean => {
    return isText(value) && value.length > 0 && value.length <= MAX_CAPABILITY_LENGTH;
  };
  return applyDecorators(
    IsArray(),
    ArrayMaxSize(MAX_CAPABILITIES),
    check('isCapability', isCapability, { each: true, schema: textSchema({ min: 1, max: MAX_CAPABILITY_LENGTH }) }),
  );
}

import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { TopicPermissions } from '../domain/principal.js';
import { check, IsText, isText } from '../services/dto/field.decorator.js';

/** What a token's claims may hold, in UTF-16 units. */
const MAX_NAME = 256;
const MAX_DEVICE = 128;
/** Few enough for a token to fit into a header. */
const MAX_LISTED = 100;
const MAX_LISTED_LENGTH = 255;
/** Ten years. */
const MAX_LIFE_S = 315_360_000;

const PATTERNS = { type: 'array', maxItems: MAX_LISTED, items: { type: 'string' } } as const;

/** What a token is to say of its user. */
export class IssueTokenDto {
  @ApiPropertyOptional({ maxLength: MAX_NAME, description: 'Shown to others.' })
  @IsOptional()
  @IsText({ max: MAX_NAME })
  readonly name?: string;

  @ApiPropertyOptional({ maxLength: MAX_DEVICE, description: 'Names the device.' })
  @IsOptional()
  @IsText({ max: MAX_DEVICE })
  readonly device?: string;

  @ApiPropertyOptional({ type: [String], maxItems: MAX_LISTED, example: ['admin'] })
  @IsOptional()
  @check('isRoles', isList)
  readonly roles?: readonly string[];

  @ApiPropertyOptional({
    type: 'object',
    properties: { subscribe: PATTERNS, publish: PATTERNS },
    required: ['subscribe', 'publish'],
    description: 'The patterns of topics that it allows. Absent: what is open to everybody.',
  })
  @IsOptional()
  @check('isTopics', isTopics)
  readonly topics?: TopicPermissions;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIFE_S,
    description: 'Seconds that it is good. Absent: as long as one that is given for a password.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_LIFE_S)
  readonly expiresInS?: number;
}

function isList(value: unknown): boolean {
  const isItem = (item: unknown): boolean => isText(item) && item.length <= MAX_LISTED_LENGTH;
  return Array.isArray(value) && value.length <= MAX_LISTED && value.every(isItem);
}

function isTopics(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'subscribe' in value && isList(value.subscribe) && 'publish' in value && isList(value.publish);
}

import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsOptional, ValidateNested } from 'class-validator';
import { IsText, IsUserIds, MAX_LISTED_MEMBERS } from '../dto/field.decorator.js';
import { IsTopic } from '../dto/topic.decorator.js';

/** In UTF-16 units. A notification is a notice, and is written to every connection there is. */
const MAX_LEVEL = 64;
const MAX_TITLE = 255;
const MAX_MESSAGE = 8_192;
const MAX_LABEL = 255;
const MAX_URL = 2_048;
const MAX_ACTIONS = 10;

class NotificationActionDto {
  @ApiProperty({ minLength: 1, maxLength: MAX_LABEL })
  @IsText({ min: 1, max: MAX_LABEL })
  readonly label!: string;

  @ApiProperty({ minLength: 1, maxLength: MAX_URL, description: 'Handed on as it is.' })
  @IsText({ min: 1, max: MAX_URL })
  readonly url!: string;
}

/** What users are told, and which: with neither `users` nor `topic` all. */
export class NotificationDto {
  @ApiProperty({ minLength: 1, maxLength: MAX_LEVEL, example: 'info' })
  @IsText({ min: 1, max: MAX_LEVEL })
  readonly level!: string;

  @ApiProperty({ minLength: 1, maxLength: MAX_TITLE })
  @IsText({ min: 1, max: MAX_TITLE })
  readonly title!: string;

  @ApiProperty({ minLength: 1, maxLength: MAX_MESSAGE })
  @IsText({ min: 1, max: MAX_MESSAGE })
  readonly message!: string;

  @ApiPropertyOptional({ type: [NotificationActionDto], maxItems: MAX_ACTIONS })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_ACTIONS)
  @ValidateNested({ each: true })
  @Type(() => NotificationActionDto)
  readonly actions?: readonly NotificationActionDto[];

  @ApiPropertyOptional({ type: [String], maxItems: MAX_LISTED_MEMBERS, description: 'These users.' })
  @IsOptional()
  @IsUserIds({ max: MAX_LISTED_MEMBERS })
  readonly users?: readonly string[];

  @ApiPropertyOptional({ description: 'Whoever is subscribed to this topic.', example: 'orders.created' })
  @IsOptional()
  @IsTopic()
  readonly topic?: string;
}

import { ApiProperty } from '@nestjs/swagger';
import { ArrayNotEmpty } from 'class-validator';
import { IsUserIds, MAX_LISTED_MEMBERS } from '../dto/field.decorator.js';

/** Who is to be in a chat besides. */
export class MembersDto {
  @ApiProperty({ type: [String], minItems: 1, maxItems: MAX_LISTED_MEMBERS })
  @IsUserIds({ max: MAX_LISTED_MEMBERS })
  @ArrayNotEmpty()
  readonly users!: readonly string[];
}

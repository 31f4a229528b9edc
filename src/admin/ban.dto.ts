import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsText } from '../services/dto/field.decorator.js';

/** In UTF-16 units. */
const MAX_REASON = 1_000;

export class BanDto {
  @ApiProperty({ minLength: 1, maxLength: MAX_REASON, description: 'For operators: the user is not told.' })
  @IsText({ min: 1, max: MAX_REASON })
  readonly reason!: string;

  @ApiPropertyOptional({ type: 'integer', description: 'When the ban ends, ms since the epoch. Absent: never.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  readonly until?: number;
}

import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Every answer that is none, as RFC 9457 has it: `application/problem+json`. */
export class ProblemView {
  @ApiProperty({ example: 'about:blank', description: 'There are no other types: the code says what kind it is.' })
  readonly type!: string;

  @ApiProperty({ example: 'Not Found', description: 'What the status is called.' })
  readonly title!: string;

  @ApiProperty({ type: 'integer', description: 'The HTTP status once more.', example: 404 })
  readonly status!: number;

  @ApiProperty({ description: 'For people.' })
  readonly detail!: string;

  @ApiProperty({ type: 'integer', description: 'What the error is called in every dialect.', example: 404 })
  readonly code!: number;

  @ApiPropertyOptional({ description: 'The path of the first field at fault.', example: 'limit' })
  readonly field?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'How long to wait, ms.' })
  readonly retryAfterMs?: number;

  @ApiPropertyOptional({ description: 'Of a 500: what stands beside its cause in the log.' })
  readonly correlationId?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'Of a 403: until when the user is banned, ms since the epoch.' })
  readonly until?: number;
}

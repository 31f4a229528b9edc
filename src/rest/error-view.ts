import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

class ErrorDetailsView {
  @ApiPropertyOptional({ description: 'The path of the first field at fault.', example: 'content' })
  readonly field?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'How long to wait, ms.' })
  readonly retryAfterMs?: number;

  @ApiPropertyOptional({ description: 'Of a 500: what stands beside its cause in the log.' })
  readonly correlationId?: string;
}

/** Every answer that is none. */
export class ErrorView {
  @ApiProperty({ type: 'integer', description: 'The HTTP status once more.', example: 404 })
  readonly code!: number;

  @ApiProperty({ description: 'For people.' })
  readonly message!: string;

  @ApiPropertyOptional({ type: ErrorDetailsView })
  readonly details?: ErrorDetailsView;
}

import { ApiProperty } from '@nestjs/swagger';

interface Facts {
  readonly description?: string;
  readonly nullable?: true;
}

/** An id as *concord* has them: a whole number from 1, below 2^53. */
export function IdProperty(facts: Facts = {}): PropertyDecorator {
  return ApiProperty({ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, ...facts });
}

export function TimeProperty(facts: Facts = {}): PropertyDecorator {
  return ApiProperty({ type: 'integer', description: 'ms since the epoch', ...facts });
}

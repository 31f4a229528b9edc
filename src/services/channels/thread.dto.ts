import { ApiProperty } from '@nestjs/swagger';

import { IsText } from '../dto/field.decorator.js';
import { IsId } from '../dto/id.decorator.js';

/** In characters: a line in a list. */
const MAX_THREAD_NAME_LENGTH = 100;

export class CreateThreadDto {
  @IsId()
  @ApiProperty({ type: 'integer', minimum: 1, description: 'The chat of this channel that it begins with.' })
  readonly sourceChatId!: number;

  @IsText({ min: 1, max: MAX_THREAD_NAME_LENGTH })
  @ApiProperty({ minLength: 1, maxLength: MAX_THREAD_NAME_LENGTH })
  readonly name!: string;
}

import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IdProperty, TimeProperty } from '#extension-api';

class OptionView {
  @ApiProperty()
  readonly text!: string;

  @ApiProperty({ type: 'integer', minimum: 0 })
  readonly votes!: number;
}

/** A class, for the documents are made of it. */
export class PollView {
  @IdProperty()
  readonly pollId!: number;

  @ApiProperty({ description: 'As whoever asks, or is told, knows the chat.' })
  readonly chatId!: string;

  @ApiProperty()
  readonly question!: string;

  @ApiProperty({ type: OptionView, isArray: true })
  readonly options!: readonly OptionView[];

  @ApiProperty({ description: 'A user id.' })
  readonly createdBy!: string;

  @TimeProperty()
  readonly createdAt!: number;

  @ApiPropertyOptional({ type: 'integer', description: 'ms since the epoch; absent while the poll is open' })
  readonly closedAt?: number;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'Goes up with each change: of two states the higher one is the later.',
  })
  readonly revision!: number;
}

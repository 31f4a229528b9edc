import { ApiProperty } from '@nestjs/swagger';
import type { ShownThread } from '../../domain/shown-channel.js';
import { IdProperty, TimeProperty } from '../../rest/id-property.decorator.js';

export class ThreadView implements ShownThread {
  @IdProperty()
  readonly id!: number;

  @IdProperty()
  readonly channelId!: number;

  @IdProperty({ description: 'The chat that it began with.' })
  readonly sourceChatId!: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: '0 where the user was erased.' })
  readonly creatorId!: number;

  @TimeProperty()
  readonly createdAt!: number;

  @ApiProperty()
  readonly name!: string;
}

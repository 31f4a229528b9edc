import { ApiProperty } from '@nestjs/swagger';
import type { ShownThread } from '../../domain/shown-channel.js';
import { IdProperty, TimeProperty } from './id-property.decorator.js';

export class ThreadView implements ShownThread {
  @IdProperty()
  readonly id!: number;

  @IdProperty()
  readonly channelId!: number;

  @IdProperty({ description: 'The chat that it began with.' })
  readonly sourceChatId!: number;

  @IdProperty()
  readonly creatorId!: number;

  @TimeProperty()
  readonly createdAt!: number;

  @ApiProperty()
  readonly name!: string;
}

import { ApiProperty } from '@nestjs/swagger';
import type { ShownChannel } from '../../domain/shown-channel.js';
import type { ChannelNode } from '../../services/channels/channel-tree.js';
import { IdProperty, TimeProperty } from '../../rest/id-property.decorator.js';

export class ChannelView implements ShownChannel {
  @IdProperty()
  readonly id!: number;

  @IdProperty({ nullable: true, description: 'null at the root of the tree.' })
  readonly parentChannelId!: number | null;

  @ApiProperty({ type: 'integer', description: 'Its place among those of one parent; of equal ones the name decides.' })
  readonly ordinality!: number;

  @ApiProperty({ pattern: '^[A-Za-z0-9_-]{1,64}$' })
  readonly name!: string;

  @ApiProperty({ type: 'string', nullable: true })
  readonly description!: string | null;

  @ApiProperty({ type: [String], example: ['TEXT'] })
  readonly capabilities!: readonly string[];

  @TimeProperty()
  readonly createdAt!: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: '0 where the server made it, or the user was erased.' })
  readonly createdByUserId!: number;
}

export class ChannelNodeView extends ChannelView implements ChannelNode {
  @ApiProperty({ type: () => [ChannelNodeView] })
  readonly children!: readonly ChannelNodeView[];
}

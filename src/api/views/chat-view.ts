import { ApiProperty } from '@nestjs/swagger';
import type { ChannelChat } from '../../domain/payloads.js';
import { IdProperty, TimeProperty } from '../../rest/id-property.decorator.js';

const BY_REACTION = { type: 'integer', minimum: 1 } as const;

export class ChatView implements ChannelChat {
  @IdProperty()
  readonly id!: number;

  @TimeProperty()
  readonly createdAt!: number;

  @IdProperty()
  readonly authorId!: number;

  @IdProperty()
  readonly channelId!: number;

  @IdProperty({ nullable: true, description: 'null: in the channel itself.' })
  readonly threadId!: number | null;

  @ApiProperty()
  readonly content!: string;

  @ApiProperty()
  readonly edited!: boolean;

  @ApiProperty({ type: 'object', additionalProperties: BY_REACTION, example: { '😂': 2 } })
  readonly reactions!: Readonly<Record<string, number>>;
}

export class ReactionsView {
  @ApiProperty({ type: 'object', additionalProperties: BY_REACTION, example: { '😂': 2 } })
  readonly reactions!: Readonly<Record<string, number>>;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'integer' } },
    description: 'The ids of who reacted.',
    example: { '😂': [7, 12] },
  })
  readonly reactingUsers!: Readonly<Record<string, readonly number[]>>;
}

import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { TopicMessage } from '../../domain/topics.js';
import { TimeProperty } from '../../rest/id-property.decorator.js';
import type { TopicOverview } from '../../services/topics/operator-topics.service.js';

const COUNT = { type: 'integer', minimum: 0 } as const;
const OBJECT = { type: 'object', additionalProperties: true } as const;

/** OpenAPI has no word for it. */
const ANY = {
  anyOf: [OBJECT, { type: 'array', items: {} }, { type: 'string' }, { type: 'number' }, { type: 'boolean' }],
};

export class TopicView implements TopicOverview {
  @ApiProperty({ description: 'A topic, or a pattern with wildcards that somebody is subscribed to.' })
  readonly topic!: string;

  @ApiProperty({ ...COUNT, description: 'How many its history has; of a group or channel 0, for theirs is a log.' })
  readonly messages!: number;

  @ApiProperty({
    ...COUNT,
    description: 'Connections that a message would be handed to; of a pattern those that are subscribed to it.',
  })
  readonly subscribers!: number;

  @ApiPropertyOptional({ type: 'integer', description: 'When the newest was sent, ms since the epoch.' })
  readonly newestAt?: number;
}

export class TopicMessageView {
  @ApiProperty({ description: 'The `message_id` that realtime clients know.' })
  readonly id!: string;

  @ApiProperty()
  readonly topic!: string;

  @ApiProperty()
  readonly sender!: string;

  @ApiProperty({ ...ANY, nullable: true, description: 'Any JSON value, as it was sent.' })
  readonly payload!: unknown;

  @ApiPropertyOptional({ ...OBJECT, description: 'As it was sent.' })
  readonly metadata?: object;

  @TimeProperty()
  readonly at!: number;
}

export function topicMessageView({ id, topic, sender, payloadJson, metadataJson, at }: TopicMessage): TopicMessageView {
  const metadata = metadataJson === undefined ? undefined : (JSON.parse(metadataJson) as object);
  return { id, topic, sender, payload: JSON.parse(payloadJson) as unknown, metadata, at };
}

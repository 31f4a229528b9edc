import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { DialectName } from '../../domain/dialect-name.js';
import { dialectNames } from '../../domain/dialect-name.js';
import type { MessageKind } from '../../domain/message.js';
import { IdProperty, TimeProperty } from '../../rest/id-property.decorator.js';
import type { JourneyRecipient, MessageJourney } from '../../services/oversight/journeys.service.js';
import type { StoredMessage } from '../../services/oversight/stored-message.js';
import { ChatRefView } from './chat-ref-view.js';

const TIME = { type: 'integer', description: 'ms since the epoch' } as const;

/** A message as it stands; a deleted one has no content. */
export class MessageView {
  @IdProperty({ description: 'Its number among all messages: what concord shows.' })
  readonly id!: number;

  @ApiProperty()
  readonly chat!: ChatRefView;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'Its number in its chat: what messaging shows.' })
  readonly number!: number;

  @ApiProperty()
  readonly sender!: string;

  @ApiProperty({ enum: ['new', 'call'] })
  readonly kind!: MessageKind;

  @ApiPropertyOptional()
  readonly clientMessageId?: string;

  @ApiPropertyOptional()
  readonly text?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'What a realtime client sent, as it was sent; it may be any JSON value.',
  })
  readonly payload?: unknown;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'As they were sent.',
  })
  readonly attachments?: readonly object[];

  @ApiPropertyOptional({ type: 'integer', description: 'Of channels: the thread that it is in.' })
  readonly threadId?: number;

  @TimeProperty()
  readonly createdAt!: number;

  @ApiPropertyOptional(TIME)
  readonly updatedAt?: number;

  @ApiPropertyOptional(TIME)
  readonly deletedAt?: number;
}

class JourneyRecipientView implements JourneyRecipient {
  @ApiProperty()
  readonly userId!: string;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'Empty for the unnamed device; null where no server remembers a device of the user’s.',
  })
  readonly device!: string | null;

  @ApiPropertyOptional({ enum: dialectNames })
  readonly dialect?: DialectName;

  @ApiPropertyOptional({ ...TIME, description: 'Handed to its connection, ms since the epoch.' })
  readonly written?: number;

  @ApiPropertyOptional({ ...TIME, description: 'Received by its client, ms since the epoch.' })
  readonly acked?: number;

  @ApiPropertyOptional({ ...TIME, description: 'Marked as delivered by the user, ms since the epoch.' })
  readonly delivered?: number;

  @ApiPropertyOptional({ ...TIME, description: 'Marked as read by the user, ms since the epoch.' })
  readonly read?: number;
}

export class JourneyView implements MessageJourney {
  @TimeProperty({ description: 'Committed, ms since the epoch' })
  readonly stored!: number;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Fanned out; null: no server remembers it.' })
  readonly published!: number | null;

  @ApiProperty({ type: [JourneyRecipientView] })
  readonly recipients!: readonly JourneyRecipient[];
}

export function messageView({ payloadJson, attachmentsJson, ...message }: StoredMessage): MessageView {
  return {
    ...message,
    payload: parsed(payloadJson),
    attachments: parsed(attachmentsJson) as readonly object[] | undefined,
  };
}

function parsed(json: string | undefined): unknown {
  return json === undefined ? undefined : (JSON.parse(json) as unknown);
}

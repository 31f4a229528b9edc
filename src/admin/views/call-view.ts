import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { CallType } from '../../domain/calls.js';
import { TimeProperty } from '../../rest/id-property.decorator.js';
import type { CallParticipant, ShownCall } from '../../services/operations/open-calls.service.js';
import { ChatRefView } from './chat-ref-view.js';

class ParticipantView implements CallParticipant {
  @ApiProperty()
  readonly userId!: string;

  @ApiProperty({ enum: ['called', 'accepted', 'declined'] })
  readonly standing!: CallParticipant['standing'];
}

export class CallView implements ShownCall {
  @ApiProperty()
  readonly callId!: string;

  @ApiProperty()
  readonly chat!: ChatRefView;

  @ApiProperty({ enum: ['audio', 'video'] })
  readonly callType!: CallType;

  @ApiProperty()
  readonly caller!: string;

  @ApiProperty({ type: [ParticipantView] })
  readonly participants!: readonly CallParticipant[];

  @TimeProperty()
  readonly startedAt!: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'When somebody accepted it first, ms since the epoch; until then it rings.',
  })
  readonly acceptedAt?: number;
}

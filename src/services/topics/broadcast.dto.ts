import type { BroadcastRequest } from '../../domain/payloads.js';
import type { MessageMetadataDto } from '../dto/message-metadata.dto.js';
import { IsMetadata, IsPayload } from '../dto/sending.decorator.js';
import { IsTopic } from '../dto/topic.decorator.js';

export class BroadcastDto implements BroadcastRequest {
  @IsTopic()
  readonly topic!: string;

  @IsPayload()
  readonly payload: unknown;

  @IsMetadata()
  readonly metadata?: MessageMetadataDto;
}

import type { DirectMessageRequest } from '../../domain/payloads.js';
import { IsChatId } from '../dto/field.decorator.js';
import type { MessageMetadataDto } from '../dto/message-metadata.dto.js';
import { IsMetadata, IsPayload } from '../dto/sending.decorator.js';

export class DirectMessageDto implements DirectMessageRequest {
  /** A group's id is somebody whom nobody knows: that is a 404. */
  @IsChatId()
  readonly targetUser!: string;

  @IsPayload()
  readonly payload!: unknown;

  @IsMetadata()
  readonly metadata?: MessageMetadataDto;
}

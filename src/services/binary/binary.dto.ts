import { IsIn, IsOptional } from 'class-validator';

import type { BinaryRequest } from '../../domain/payloads.js';
import { BINARY_KINDS, type BinaryKind } from '../../domain/topics.js';
import { IsChatId, IsText } from '../dto/field.decorator.js';
import type { MessageMetadataDto } from '../dto/message-metadata.dto.js';
import { IsMetadata } from '../dto/sending.decorator.js';
import { IsTopic } from '../dto/topic.decorator.js';

/** What file systems take for one name, and more than anybody reads. */
const MAX_FILENAME_LENGTH = 255;

/** The routing line of a binary frame; of a bare one there is nothing but the kind. */
export class BinaryDto implements BinaryRequest {
  @IsIn(Object.values(BINARY_KINDS))
  readonly kind!: BinaryKind;

  @IsOptional()
  @IsText()
  readonly id?: string;

  @IsOptional()
  @IsTopic()
  readonly topic?: string;

  /** A group's id is somebody whom nobody knows: that is a 404. */
  @IsOptional()
  @IsChatId()
  readonly targetUser?: string;

  /** Of a file; what it means elsewhere is between the clients, like `stream`. */
  @IsOptional()
  @IsText({ max: MAX_FILENAME_LENGTH })
  readonly filename?: string;

  @IsOptional()
  @IsText()
  readonly stream?: string;

  @IsMetadata()
  readonly metadata?: MessageMetadataDto;
}

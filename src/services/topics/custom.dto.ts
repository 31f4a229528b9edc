import { IsOptional } from 'class-validator';

import type { CustomRequest } from '../../domain/payloads.js';
import { IsChatId } from '../dto/field.decorator.js';
import { IsTopic } from '../dto/topic.decorator.js';

/** Where a frame of the clients' own goes; everything else in it is theirs. */
export class CustomDto implements CustomRequest {
  @IsOptional()
  @IsTopic()
  readonly topic?: string;

  /** A group's id is somebody whom nobody knows: that is a 404. */
  @IsOptional()
  @IsChatId()
  readonly target_user?: string;
}

import { IsBoolean } from 'class-validator';

import type { RequestOf } from '../../domain/payloads.js';
import { IsText } from '../dto/field.decorator.js';
import { IsReaction } from '../dto/reaction.decorator.js';
import { IsPayload } from '../dto/sending.decorator.js';

/** `broadcast_` and the greatest number are shorter. */
const MAX_WIRE_ID_LENGTH = 64;

/** Fields are called here as they are on the wire: `data` of a custom frame is handed on as it stands. */
export class ExtendedDeleteDto implements RequestOf<'X-Delete'> {
  @IsText({ min: 1, max: MAX_WIRE_ID_LENGTH })
  readonly message_id!: string;
}

export class ExtendedEditDto extends ExtendedDeleteDto implements RequestOf<'X-Edit'> {
  @IsPayload()
  readonly payload!: unknown;
}

export class ExtendedReactionsDto extends ExtendedDeleteDto implements RequestOf<'X-Reactions'> {
  @IsReaction()
  readonly reaction!: string;

  @IsBoolean()
  readonly adding!: boolean;
}

import { IsBoolean } from 'class-validator';

import { isStorableText } from '../../domain/ids.js';
import type { ReactRequest } from '../../domain/payloads.js';
import { check, IsChatId, IsMessageId } from '../dto/field.decorator.js';

/** Room for an emoji with all its modifiers and joiners. */
const MAX_REACTION_BYTES = 64;

export class ReactDto implements ReactRequest {
  @IsChatId()
  readonly chatId!: string;

  @IsMessageId()
  readonly messageId!: number;

  /** 1 to 64 bytes of UTF-8. */
  @IsReaction()
  readonly reaction!: string;

  @IsBoolean()
  readonly adding!: boolean;
}

export function IsReaction(): PropertyDecorator {
  return check('isReaction', (value) => {
    if (typeof value !== 'string' || !isStorableText(value)) return false;
    return value.length > 0 && Buffer.byteLength(value) <= MAX_REACTION_BYTES;
  });
}

import { isStorableText } from '../../domain/ids.js';
import { check } from './field.decorator.js';

/** Room for an emoji with all its modifiers and joiners. */
const MAX_REACTION_BYTES = 64;

/** 1 to 64 bytes of UTF-8. */
export function IsReaction(): PropertyDecorator {
  return check('isReaction', (value) => {
    if (typeof value !== 'string' || !isStorableText(value)) return false;
    return value.length > 0 && Buffer.byteLength(value) <= MAX_REACTION_BYTES;
  });
}

import { isStorableText } from '../../domain/ids.js';
import { check, textSchema } from './field.decorator.js';

/** Room for an emoji with all its modifiers and joiners. */
const MAX_REACTION_BYTES = 64;

const SCHEMA = {
  ...textSchema({ min: 1, max: MAX_REACTION_BYTES }),
  description: `Up to ${MAX_REACTION_BYTES} bytes of UTF-8.`,
  examples: ['👍'],
};

/** 1 to 64 bytes of UTF-8. */
export function IsReaction(): PropertyDecorator {
  const isReaction = (value: unknown): boolean => {
    if (typeof value !== 'string' || !isStorableText(value)) return false;
    return value.length > 0 && Buffer.byteLength(value) <= MAX_REACTION_BYTES;
  };
  return check('isReaction', isReaction, { schema: SCHEMA });
}

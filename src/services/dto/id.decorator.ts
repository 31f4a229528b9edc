import { ValidateIf } from 'class-validator';

import { check, isMessageId } from './field.decorator.js';

/** An id as *concord* has them, of whatever: a whole number from 1, below 2^53. */
export function IsId(): PropertyDecorator {
  return check('isId', isMessageId);
}

/** `null` is a value of its own here, of which nothing else is asked. Whether the field may be absent is for `@IsOptional()` to say. */
export function MayBeNull(): PropertyDecorator {
  return ValidateIf((_payload, value) => value !== null);
}

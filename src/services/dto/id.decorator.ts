import { ValidateIf } from 'class-validator';

import { check, isMessageId, MESSAGE_ID_SCHEMA } from './field.decorator.js';

/** An id as *concord* has them, of whatever: a whole number from 1, below 2^53. */
export function IsId(): PropertyDecorator {
  return check('isId', isMessageId, { schema: MESSAGE_ID_SCHEMA });
}

/** `null` is a value of its own here, of which nothing else is asked. Whether the field may be absent is for `@IsOptional()` to say. */
export function MayBeNull(): PropertyDecorator {
  return ValidateIf(isNotNull);
}

/** The condition of such a field: whoever reads the rules knows it by this very function. */
export function isNotNull(_payload: object, value: unknown): boolean {
  return value !== null;
}

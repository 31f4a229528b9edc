import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, IsArray, IsInt, Max, Min, ValidateBy, type ValidationArguments } from 'class-validator';

import { isStorableText, isUserId, MAX_CLIENT_ID_LENGTH, MAX_USER_ID_LENGTH } from '../../domain/ids.js';

/** Users that one request may ask about: its answer stays of a size. */
const MAX_LISTED_USERS = 500;
/** Members that one request may name: as many as a chat has, unless `MAX_MEMBERS` says otherwise. */
export const MAX_LISTED_MEMBERS = 10_000;
/** Items that one page may be asked to hold. */
export const MAX_PAGE_ITEMS = 500;
/** The longest cursor that we hand out is shorter. */
const MAX_CURSOR_LENGTH = 512;

/** A string that PostgreSQL can store, of `min` to `max` UTF-16 units. */
export function IsText({ min = 0, max = Infinity }: { min?: number; max?: number } = {}): PropertyDecorator {
  return check('isText', (value) => isText(value) && value.length >= min && value.length <= max);
}

/** A chat as its reader names it: another user's id, one's own, or the public id of a group or channel. */
export function IsChatId(): PropertyDecorator {
  return IsText({ min: 1, max: MAX_USER_ID_LENGTH });
}

/** An id that the client gave a message or a chat. */
export function IsClientId(): PropertyDecorator {
  return IsText({ min: 1, max: MAX_CLIENT_ID_LENGTH });
}

export function IsCursor(): PropertyDecorator {
  return IsText({ max: MAX_CURSOR_LENGTH });
}

/** Up to `max` ids of users, or none. */
export function IsUserIds({ max = MAX_LISTED_USERS }: { max?: number } = {}): PropertyDecorator {
  return applyDecorators(
    IsArray(),
    ArrayMaxSize(max),
    check('isUserId', (value) => typeof value === 'string' && isUserId(value), { each: true }),
  );
}

/** A message's number in its chat: from 1, and below 2^53 like every number on the wire. */
export function IsMessageId(): PropertyDecorator {
  return check('isMessageId', isMessageId);
}

/** A place among the messages of a chat; 0 is before the first. */
export function IsPlace(): PropertyDecorator {
  return check('isPlace', (value) => Number.isSafeInteger(value) && Number(value) >= 0);
}

export function IsPageSize(): PropertyDecorator {
  return applyDecorators(IsInt(), Min(1), Max(MAX_PAGE_ITEMS));
}

/** A custom check under its own name. `payload` is the whole object, of which nothing is known yet. */
export function check(
  name: string,
  isValid: (value: unknown, payload: Readonly<Record<string, unknown>>) => boolean,
  options?: { readonly each: boolean },
): PropertyDecorator {
  const validate = (value: unknown, args?: ValidationArguments): boolean => {
    return isValid(value, (args?.object ?? {}) as Readonly<Record<string, unknown>>);
  };
  return ValidateBy({ name, validator: { validate } }, options);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && isStorableText(value);
}

export function isMessageId(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

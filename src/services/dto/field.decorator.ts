import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, IsArray, IsInt, Max, Min, ValidateBy, type ValidationArguments } from 'class-validator';

import {
  isStorableText,
  isUserId,
  MAX_CLIENT_ID_LENGTH,
  MAX_USER_ID_LENGTH,
  NO_PUBLIC_ID_PATTERN,
} from '../../domain/ids.js';
import { FieldWords, type SchemaWords } from './field-words.js';

/** Users that one request may ask about: its answer stays of a size. */
const MAX_LISTED_USERS = 500;
/** Members that one request may name: as many as a chat has, unless `MAX_MEMBERS` says otherwise. */
export const MAX_LISTED_MEMBERS = 10_000;
/** Items that one page may be asked to hold. */
export const MAX_PAGE_ITEMS = 500;
/** The longest cursor that we hand out is shorter. */
const MAX_CURSOR_LENGTH = 512;

interface TextBounds {
  readonly min?: number;
  readonly max?: number;
}

/**
 * A string that PostgreSQL can store, of `min` to `max` UTF-16 units.
 *
 * @param words what else a schema says of it: `description`, `examples`
 */
export function IsText({ min = 0, max = Infinity }: TextBounds = {}, words: SchemaWords = {}): PropertyDecorator {
  const isValid = (value: unknown): boolean => isText(value) && value.length >= min && value.length <= max;
  return check('isText', isValid, { schema: { ...textSchema({ min, max }), ...words } });
}

/** A schema counts characters, of which one may be two units: what is too short for it is too short for us. */
export function textSchema({ min = 0, max = Infinity }: TextBounds): SchemaWords {
  return {
    type: 'string',
    ...(min > 0 ? { minLength: Math.ceil(min / 2) } : {}),
    ...(max < Infinity ? { maxLength: max } : {}),
  };
}

/** A chat as its reader names it: another user's id, one's own, or the public id of a group or channel. */
export function IsChatId(): PropertyDecorator {
  return IsText({ min: 1, max: MAX_USER_ID_LENGTH }, { examples: ['User2'] });
}

/** An id that the client gave a message or a chat. */
export function IsClientId(): PropertyDecorator {
  return IsText({ min: 1, max: MAX_CLIENT_ID_LENGTH }, { examples: ['9CD99794-6D8E-4E82-9C97-D474831A43E3'] });
}

export function IsCursor(): PropertyDecorator {
  return IsText({ max: MAX_CURSOR_LENGTH });
}

/** Up to `max` ids of users, or none. */
export function IsUserIds({ max = MAX_LISTED_USERS }: { max?: number } = {}): PropertyDecorator {
  return applyDecorators(
    IsArray(),
    ArrayMaxSize(max),
    check('isUserId', (value) => typeof value === 'string' && isUserId(value), { each: true, schema: USER_ID_SCHEMA }),
  );
}

const USER_ID_SCHEMA: SchemaWords = {
  ...textSchema({ min: 1, max: MAX_USER_ID_LENGTH }),
  pattern: NO_PUBLIC_ID_PATTERN,
  examples: ['User2'],
};

/** A message's number in its chat: from 1, and below 2^53 like every number on the wire. */
export function IsMessageId(): PropertyDecorator {
  return check('isMessageId', isMessageId, { schema: MESSAGE_ID_SCHEMA });
}

/** Ids are numbers from 1 on, places are too and begin with 0. */
export const MESSAGE_ID_SCHEMA: SchemaWords = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const PLACE_SCHEMA: SchemaWords = { ...MESSAGE_ID_SCHEMA, minimum: 0 };

/** A place among the messages of a chat; 0 is before the first. */
export function IsPlace(): PropertyDecorator {
  return check('isPlace', (value) => Number.isSafeInteger(value) && Number(value) >= 0, { schema: PLACE_SCHEMA });
}

export function IsPageSize(): PropertyDecorator {
  return applyDecorators(IsInt(), Min(1), Max(MAX_PAGE_ITEMS));
}

interface CheckOptions {
  /** Each element of an array is checked, and not the array. */
  readonly each?: boolean;
  /** As much of the check as JSON Schema has words for, never more: the documents of the interface say it. */
  readonly schema?: SchemaWords;
  /** Where the check lets the field be absent: the fields of which one must be there then. */
  readonly unless?: readonly string[];
}

/** A custom check under its own name. `payload` is the whole object, of which nothing is known yet. */
export function check(
  name: string,
  isValid: (value: unknown, payload: Readonly<Record<string, unknown>>) => boolean,
  { each = false, schema = {}, unless }: CheckOptions = {},
): PropertyDecorator {
  const validate = (value: unknown, args?: ValidationArguments): boolean => {
    return isValid(value, (args?.object ?? {}) as Readonly<Record<string, unknown>>);
  };
  return ValidateBy({ name, constraints: [new FieldWords(schema, unless)], validator: { validate } }, { each });
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && isStorableText(value);
}

export function isMessageId(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

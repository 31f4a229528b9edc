import { ERROR_CODES } from '../texts/error-codes.js';
import { count, maybe, type Member, type Schema, shape, text, time } from '../schema/schema.js';
import type { Words } from '../schema/words.js';

/** For people; it may change. */
export const errorMessage: Schema<string> = { ...text, examples: ['payload.chatId is missing or of a wrong kind'] };

export const errorCode: Schema<number> = { type: 'integer', enum: ERROR_CODES };

/** @param own what only one dialect tells */
export function errorDetails(own: Readonly<Record<string, Member>> = {}): Words {
  const known = shape({
    field: maybe(text),
    retryAfterMs: maybe(count),
    correlationId: maybe(text),
    until: maybe<number>({ ...time, description: 'When a ban ends, ms since the epoch.' }),
    ...own,
  });
  return { ...known, additionalProperties: true };
}

import { BadRequestError, ConflictError, type ParlanceError } from '../domain/errors.js';
import type { ChatChangedRow } from './chat-changed-row.js';
import { notFound } from './not-found.js';

const NOT_POSSIBLE: Partial<Record<string, string>> = {
  name: 'there is a channel of this name',
  sourceChatId: 'the message has a thread already',
};

/**
 * Why a channel or a thread was not made, changed or deleted.
 *
 * @param conflict what is in the way where it is no field
 */
export function channelFailure(
  { code, field }: Pick<ChatChangedRow, 'code' | 'field'>,
  conflict?: string,
): ParlanceError {
  if (code === 404) return notFound(field);
  const details = field === null ? {} : { field: `payload.${field}` };
  if (code === 400) return new BadRequestError('a channel cannot be below itself', details);
  return new ConflictError(NOT_POSSIBLE[field ?? ''] ?? conflict ?? 'conflict', details);
}

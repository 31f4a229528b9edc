import { ConflictError, ForbiddenError, type ParlanceError } from '../domain/errors.js';
import type { CallRow } from './call-row.js';
import { notFound } from './not-found.js';

/** In the words of the request: by the field at fault. */
const TEXTS = {
  403: { chatId: 'channels have no calls', callId: 'not in this call' },
  409: { chatId: 'nobody can be called here', callId: 'the call cannot be answered any more' },
} as const;

/** Why a call was not started, answered or closed. */
export function callFailure({ code, field }: Pick<CallRow, 'code' | 'field'>): ParlanceError {
  if (code === 404) return notFound(field);
  const Failure = code === 403 ? ForbiddenError : ConflictError;
  const text = TEXTS[code === 403 ? 403 : 409][field === 'chatId' ? 'chatId' : 'callId'];
  return new Failure(text, field === null ? {} : { field: `payload.${field}` });
}

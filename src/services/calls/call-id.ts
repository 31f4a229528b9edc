import { randomBytes } from 'node:crypto';

import { NotFoundError } from '../../domain/errors.js';

const RANDOM_BYTES = 16;
const CALL_ID = /^call_[A-Za-z0-9_-]{22}$/;

/** Nobody guesses it: 128 random bits. */
export function newCallId(): string {
  return `call_${randomBytes(RANDOM_BYTES).toString('base64url')}`;
}

export function isCallId(text: string): boolean {
  return CALL_ID.test(text);
}

/** The answer to an id that names nothing, or nothing that the asker may know of: one can't tell which. */
export function unknownCall(): NotFoundError {
  return new NotFoundError('unknown call', { field: 'payload.callId' });
}

import { UnauthorizedError } from '../../domain/errors.js';

/** The token counted when it was let in, and no longer does. */
export function revoked(): UnauthorizedError {
  return new UnauthorizedError('the token was revoked');
}

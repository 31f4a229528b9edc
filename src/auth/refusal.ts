import { NotBeforeError, TokenExpiredError } from '@nestjs/jwt';

import { ParlanceError, UnauthorizedError } from '../domain/errors.js';

/**
 * The client's version of why a token was refused. The texts are ours, and no cause is kept: messages of parsers below
 * quote what they could not read, and a token stands neither in an error nor in a log.
 */
export function refusal(reason: unknown): ParlanceError {
  if (reason instanceof ParlanceError) return reason;
  if (reason instanceof TokenExpiredError) return new UnauthorizedError('the token has expired');
  if (reason instanceof NotBeforeError) return new UnauthorizedError('the token is not valid yet');
  return new UnauthorizedError(textFor(reason instanceof Error ? reason.message : ''));
}

function textFor(message: string): string {
  if (message === 'No auth token') return 'there is no token, or not where it was looked for first';
  if (message === 'invalid exp value') return "the token's claim exp is missing or of a wrong kind";
  if (message === 'invalid nbf value') return "the token's claim nbf is of a wrong kind";
  if (message.startsWith('jwt audience invalid')) return 'the token is for another audience';
  if (message === 'invalid signature') return "the token's signature is not valid";
  return 'the token is malformed';
}

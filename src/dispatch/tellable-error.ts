import { randomUUID } from 'node:crypto';

import type { Logger } from '@nestjs/common';

import { InternalError, ParlanceError } from '../domain/errors.js';

/**
 * Turns whatever was thrown into what a client may be told, and logs it as loudly as it deserves.
 *
 * @param what names in the log what was being done; never what somebody wrote
 */
export function tellableError(error: unknown, what: string, logger: Logger): ParlanceError {
  if (error instanceof ParlanceError) {
    logger[error.logLevel](`${what}: ${error.code} ${error.message}`);
    return error;
  }
  const correlationId = randomUUID();
  // The stack alone: errors of the database carry the statement's parameters, which are what somebody wrote.
  logger.error({ msg: `${what} failed`, correlationId, stack: stackOf(error) });
  return new InternalError(correlationId, error);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${typeof error}`;
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\ncaused by ${stackOf(error.cause)}`;
}

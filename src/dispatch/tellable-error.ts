import { randomUUID } from 'node:crypto';

import type { Logger } from '@nestjs/common';

import { InternalError, ParlanceError } from '../domain/errors.js';
import { stackOf } from './stack-of.js';

/** Whose doing failed, for the log line: ids and words of ours. */
export interface Doing {
  readonly connectionId?: string;
  readonly userId?: string;
  /** One that somebody handles: an unknown one is the client's text. */
  readonly payloadType?: string;
}

/**
 * Turns whatever was thrown into what a client may be told, and logs it as loudly as it deserves.
 *
 * @param what names in the log what was being done; never what somebody wrote
 */
export function tellableError(error: unknown, what: string, logger: Logger, doing: Doing = {}): ParlanceError {
  if (error instanceof ParlanceError) {
    logger[error.logLevel]({ msg: `${what}: ${loggedAs(error)}`, ...doing });
    return error;
  }
  const correlationId = randomUUID();
  logger.error({ msg: `${what} failed`, correlationId, ...doing, stack: stackOf(error) });
  return new InternalError(correlationId, error);
}

/** What a client did wrong it is told in words that may be its own. Why a token is refused is said in ours, and worth knowing. */
function loggedAs({ code, message, logLevel }: ParlanceError): string {
  return logLevel === 'debug' && code !== 401 ? `${code}` : `${code} ${message}`;
}

/** How loudly an error is logged: what a client did wrong is its own affair, what we did wrong is ours. */
export type ErrorLogLevel = 'debug' | 'warn' | 'error';

export interface ErrorDetails {
  /** The path of the first field at fault, indices as segments: `payload.attachments.0.type`. */
  readonly field?: string;
  readonly retryAfterMs?: number;
  readonly [extra: string]: unknown;
}

/** An error that a client may be told. Whatever else is thrown reaches the wire as `InternalError`. */
export abstract class ParlanceError extends Error {
  abstract readonly code: number;
  readonly logLevel: ErrorLogLevel = 'debug';

  constructor(
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class BadRequestError extends ParlanceError {
  readonly code = 400;

  /** @param field the path that `details.field` names */
  static at(field: string, message = `${field} is missing or of a wrong kind`): BadRequestError {
    return new BadRequestError(message, { field });
  }
}

export class UnauthorizedError extends ParlanceError {
  readonly code = 401;
}

export class ForbiddenError extends ParlanceError {
  readonly code = 403;
}

/** @param until ms since the epoch; absent: for good */
export function bannedError(until?: number): ForbiddenError {
  return new ForbiddenError('the user is banned', until === undefined ? {} : { until });
}

export class NotFoundError extends ParlanceError {
  readonly code = 404;
}

export class ConflictError extends ParlanceError {
  readonly code = 409;
}

export class TooLargeError extends ParlanceError {
  readonly code = 413;
}

export class RateLimitedError extends ParlanceError {
  readonly code = 429;

  constructor(retryAfterMs: number, message = 'too many frames') {
    super(message, { retryAfterMs });
  }
}

/** Says nothing of what happened inside; the correlation id stands in the log beside the cause. */
export class InternalError extends ParlanceError {
  readonly code = 500;
  override readonly logLevel = 'error';

  constructor(correlationId: string, cause: unknown) {
    super('internal error', { correlationId }, { cause });
  }
}

/** The server drains or the database is away. What was asked may or may not have happened: retry. */
export class UnavailableError extends ParlanceError {
  readonly code = 503;
  override readonly logLevel = 'warn';
}

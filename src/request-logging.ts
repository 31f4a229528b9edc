import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { types } from 'node:util';
import type { Options } from 'pino-http';
import type { LogLevel } from './config/config.js';
import { codeOf, quotesInput, stackOf } from './dispatch/stack-of.js';

interface SerializedRequest {
  readonly id: unknown;
  readonly method: string;
  readonly url: string;
}

/** What a client may call its request. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;
/** How every JWT begins; one that got into the wrong header must not get into the log. */
const TOKEN_START = 'eyJ';

/**
 * How what is logged is made: JSON, a line each. Requests are not logged one by one, and what goes wrong with one names it without its
 * secrets: whatever the level, no body, no header, no query and no parameter of a statement.
 */
export function requestLogging(level: LogLevel): Options {
  return { level, autoLogging: false, genReqId: requestIdOf, serializers: { req: named, err: told } };
}

/** The client's `X-Request-Id`, or one of ours; the answer has it, and each line that is logged meanwhile. */
function requestIdOf(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers['x-request-id'];
  const isGood = typeof given === 'string' && REQUEST_ID.test(given) && !given.startsWith(TOKEN_START);
  const id = isGood ? given : randomUUID();
  response.setHeader('X-Request-Id', id);
  return id;
}

/** The query and the headers of a request may hold a token. */
function named({ id, method, url }: SerializedRequest): object {
  return { id, method, path: url.split('?', 1)[0] };
}

/** Errors of the database have the statement and its parameters about them. */
function told(error: unknown): object {
  // An error comes as it was serialized, with itself in it; whatever else was thrown or logged in its place comes as it is.
  const raw = isObject(error) && 'raw' in error ? error.raw : error;
  if (!types.isNativeError(raw)) return { type: typeof raw };
  return {
    type: raw.name,
    ...(!quotesInput(raw) && { message: raw.message }),
    code: codeOf(raw),
    stack: stackOf(raw),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

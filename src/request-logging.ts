import type { Options } from 'pino-http';
import type { LogLevel } from './config/config.js';

interface SerializedRequest {
  readonly id: unknown;
  readonly method: string;
  readonly url: string;
}

/** How what is logged is made. Requests are not logged one by one, and what goes wrong with one names it without its secrets. */
export function requestLogging(level: LogLevel): Options {
  return { level, autoLogging: false, serializers: { req: named } };
}

/** The query and the headers of a request may hold a token. */
function named({ id, method, url }: SerializedRequest): object {
  return { id, method, path: url.split('?', 1)[0] };
}

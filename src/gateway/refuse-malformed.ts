import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { endWithAnswer } from './refuse-upgrade.js';

/** What Node answers to what its parser does not take; the rest is 400. */
const CODES: ReadonlyMap<string | undefined, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
]);

/**
 * For `clientError` of an HTTP server: answers what is not HTTP at all. Node would do it by itself, but without the
 * header that every answer of ours carries.
 */
export function refuseMalformed(error: NodeJS.ErrnoException, stream: Duplex): void {
  if (error.code === 'ECONNRESET' || !stream.writable) {
    stream.destroy();
    return;
  }
  const code = CODES.get(error.code) ?? 400;
  endWithAnswer(stream, { code, message: STATUS_CODES[code] ?? '' });
}

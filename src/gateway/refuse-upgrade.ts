import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import type { ParlanceError } from '../domain/errors.js';

/** Answers an upgrade like any other request that failed, and ends the connection. */
export function refuseUpgrade(
  stream: Duplex,
  { code, message, details }: ParlanceError,
  headers: readonly string[] = [],
): void {
  const more = [...headers];
  if (code === 401) more.push('WWW-Authenticate: Bearer');
  if (code === 503) more.push(`Retry-After: ${Math.ceil((details.retryAfterMs ?? 1_000) / 1_000)}`);
  endWithAnswer(stream, { code, message }, more);
}

/** Writes a whole HTTP answer where there is nothing but the bare socket, and ends the connection. */
export function endWithAnswer(
  stream: Duplex,
  answer: { readonly code: number; readonly message: string },
  headers: readonly string[] = [],
): void {
  const body = JSON.stringify(answer);
  const lines = [
    `HTTP/1.1 ${answer.code} ${STATUS_CODES[answer.code] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    ...headers,
  ];
  stream.once('finish', () => stream.destroy());
  stream.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

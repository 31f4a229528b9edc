import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import type { ParlanceError } from '../domain/errors.js';

/** Answers an upgrade like any other request that failed, and ends the connection. */
export function refuseUpgrade(stream: Duplex, { code, message, details }: ParlanceError): void {
  const body = JSON.stringify({ code, message });
  const headers = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
  ];
  if (code === 401) headers.push('WWW-Authenticate: Bearer');
  if (code === 503) headers.push(`Retry-After: ${Math.ceil((details.retryAfterMs ?? 1_000) / 1_000)}`);
  stream.once('finish', () => stream.destroy());
  stream.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
}

import type { ParlanceError } from '../../domain/errors.js';
import type { RequestRef } from '../dialect.js';
import { stringifyWithRaw } from './stringify-with-raw.js';

export const PONG = '{"event":"pong"}';

/** @param now the server's time, ms */
export function encodeAnswer(ref: RequestRef, payload: unknown, now: number): string {
  return `${envelope(ref, now)},"payload":${payload === undefined ? '{}' : stringifyWithRaw(payload)}}`;
}

/** The error stands in the payload's place. `details` is always there, `{}` where there is nothing to say. */
export function encodeError(ref: RequestRef, error: ParlanceError, now: number): string {
  const { code, message, details } = error;
  return `${envelope(ref, now)},"error":${JSON.stringify({ code, message, details })}}`;
}

/** Has no `payloadType`: by that a client tells it from the answer to a request with the same id. */
export function encodeAcked(id: string, now: number): string {
  return `${envelope({ id }, now)}}`;
}

function envelope({ id, payloadType }: RequestRef, now: number): string {
  const named = payloadType === undefined ? '' : `,"payloadType":${JSON.stringify(payloadType)}`;
  return `{"type":"response","id":${JSON.stringify(id)},"timestamp":${now}${named}`;
}

import type { ParlanceError } from '../../domain/errors.js';
import type { RequestRef } from '../dialect.js';

/** Services name a field by its path in the request, whose members are the frame's own. */
const PAYLOAD_PATH = /^payload\./;

/** `details` is always there, `{}` where there is nothing to say. */
export function encodeError(_ref: RequestRef, { code, message, details }: ParlanceError): string {
  const { field } = details;
  if (field === undefined) return errorFrame(code, message, details);
  const wireField = wireFieldOf(field);
  // The message of a faulty field begins with its path.
  const wireMessage = message.startsWith(`${field} `) ? wireField + message.slice(field.length) : message;
  return errorFrame(code, wireMessage, { ...details, field: wireField });
}

function wireFieldOf(field: string): string {
  return field === 'payloadType' ? 'type' : field.replace(PAYLOAD_PATH, '');
}

function errorFrame(code: number, message: string, details: object): string {
  return JSON.stringify({ type: 'error', code, message, details });
}

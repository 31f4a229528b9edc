import type { ErrorDetails, ParlanceError } from '../../domain/errors.js';
import type { PayloadType } from '../../domain/payloads.js';
import type { RequestRef } from '../dialect.js';
import { errorFrame } from './frames.js';

const PAYLOAD = 'payload';

/** Field names that differ between the core's requests and the wire. */
const WIRE_NAMES: Readonly<Record<string, string>> = { targetUser: 'target_user' };

export function encodeError(ref: RequestRef, { code, message, details }: ParlanceError): string {
  const { field } = details;
  const ofMessage: ErrorDetails = ref.id === null ? {} : { message_id: ref.id };
  if (field === undefined) return errorFrame(code, message, { ...details, ...ofMessage });
  const wireField = wireFieldOf(ref.payloadType, field);
  return errorFrame(code, renamed(message, field, wireField), { ...details, field: wireField, ...ofMessage });
}

/** Services name a field by its path in the request; the client looks for it in the frame that it sent. */
function wireFieldOf(payloadType: string | undefined, field: string): string {
  if (field === 'payloadType') return 'type';
  const [root, ...rest] = field.split('.');
  if (root !== PAYLOAD) return field;
  if (rest[0] !== undefined) rest[0] = WIRE_NAMES[rest[0]] ?? rest[0];
  return [...rootsOf(payloadType, rest[0]), ...rest].join('.');
}

/** Where in the frame the field stands: a binary frame has its fields in its line, metadata stand beside the data. */
function rootsOf(payloadType: string | undefined, name: string | undefined): readonly string[] {
  if (payloadType === ('binary' satisfies PayloadType)) return name === undefined ? [PAYLOAD] : [];
  if (name === 'metadata' && payloadType !== ('setPresence' satisfies PayloadType)) return [];
  return ['data'];
}

/** Where the message begins with the field's path, as that of a faulty field does. */
function renamed(message: string, field: string, wireField: string): string {
  return message.startsWith(`${field} `) ? wireField + message.slice(field.length) : message;
}

import { BadRequestError } from '../../domain/errors.js';
import type { Incoming, RequestRef } from '../dialect.js';

export const NO_REF: RequestRef = { id: null };

/** What `details.field` names when no single field is at fault: not UTF-8, not JSON, or no batch. */
export const WHOLE_FRAME = 'frame';

/** @param field the path of the field at fault, as the client's frame has it */
export function badFrame(ref: RequestRef, field: string, message?: string): Incoming {
  return { kind: 'bad', ref, error: BadRequestError.at(field, message) };
}

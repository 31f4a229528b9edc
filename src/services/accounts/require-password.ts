import { BadRequestError } from '../../domain/errors.js';

/** In UTF-8: nobody types more, and each byte is hashed. */
export const MAX_PASSWORD_BYTES = 1_024;

/**
 * Refuses what may not become a password.
 *
 * @param minLength in characters
 * @param field where the request has it, for the 400
 */
export function requirePassword(password: string, minLength: number, field: string): void {
  // Halves of surrogate pairs all become the same character when they are hashed.
  if (!password.isWellFormed()) throw BadRequestError.at(field);
  if (Array.from(password).length < minLength) {
    throw BadRequestError.at(field, `a password has at least ${minLength} characters`);
  }
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
    throw BadRequestError.at(field, `a password has at most ${MAX_PASSWORD_BYTES} bytes`);
  }
}

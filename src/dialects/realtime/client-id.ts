import { isStorableText, MAX_CLIENT_ID_LENGTH } from '../../domain/ids.js';

/** The id that a client gave its message: echoed, and remembered for repetitions, so it is bounded. */
export function isClientId(id: unknown): id is string {
  return typeof id === 'string' && id.length > 0 && id.length <= MAX_CLIENT_ID_LENGTH && isStorableText(id);
}

import { TooLargeError } from '../../domain/errors.js';

/** A UTF-16 unit takes at most three bytes of UTF-8, so a short text need not be measured. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * @param field the path of the text, for the 413
 * @throws TooLargeError a text over `MAX_MESSAGE_BYTES`
 */
export function requireShort(text: string | undefined, maxMessageBytes: number, field: string): void {
  if (text === undefined || text.length * MAX_BYTES_PER_UNIT <= maxMessageBytes) return;
  if (Buffer.byteLength(text) <= maxMessageBytes) return;
  throw new TooLargeError(`a message has at most ${maxMessageBytes} bytes`, { field });
}

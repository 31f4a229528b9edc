import { ConflictError, NotFoundError } from '../../domain/errors.js';
import { CHANNEL_ID } from './channel-finder.js';

export const CHAT_ID = 'payload.chatId';

/** There is none, or none that channels show: one can't tell which. */
export function unknownMessage(field = CHAT_ID): NotFoundError {
  return new NotFoundError('not found', { field });
}

/** The log names a chat by what *messaging* calls it; here that is the channel, which went a moment ago. */
export function failedWrite(error: unknown): never {
  if (error instanceof NotFoundError && error.details.field === CHAT_ID) {
    throw new NotFoundError('not found', { field: CHANNEL_ID });
  }
  throw error;
}

/** What the log says of a message that went, or whose channel went, since it was found. */
export function failedTouch(error: unknown): never {
  if (error instanceof NotFoundError) throw unknownMessage();
  if (error instanceof ConflictError && error.details.field === 'payload.messageId') throw unknownMessage();
  throw error;
}

import { BadRequestError } from '../../domain/errors.js';
import type { MessageSelector } from '../../domain/payloads.js';
import type { MessageTarget } from '../../log/commands.js';

/**
 * The documents name a message by `messageId` in one place and by `originalMessageId` in another, and likewise by the
 * client's id. 400 where none is given, or two that differ.
 */
export function targetOf(selector: MessageSelector): MessageTarget {
  const number = oneOf(selector.messageId, selector.originalMessageId, 'payload.originalMessageId');
  const clientMessageId = oneOf(
    selector.clientMessageId,
    selector.originalClientMessageId,
    'payload.originalClientMessageId',
  );
  if (number === undefined && clientMessageId === undefined) throw BadRequestError.at('payload.messageId');
  return { number, clientMessageId };
}

function oneOf<T>(id: T | undefined, original: T | undefined, originalField: string): T | undefined {
  if (id !== undefined && original !== undefined && id !== original) {
    throw BadRequestError.at(originalField, 'the ids name different messages');
  }
  return id ?? original;
}

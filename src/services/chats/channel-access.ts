import { mayReadChannel, mayWriteInChannel, moderatesChannels } from '../../domain/channel-rights.js';
import type { ChatAddress } from '../../domain/chat.js';
import { ForbiddenError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';

const CHAT_ID = 'payload.chatId';

/**
 * The claim `topics` binds channels in every dialect, also those who have joined one. What is no channel is passed: who is in
 * it is asked elsewhere.
 *
 * @param field where the request names the chat, for the 403; below too
 * @throws ForbiddenError a channel whose topic the principal may not subscribe to
 */
export function requireReadable(principal: Principal, chat: ChatAddress, field = CHAT_ID): void {
  if (chat.kind === 'channel' && !mayReadChannel(principal, chat)) {
    throw new ForbiddenError('not allowed to read this channel', { field });
  }
}

/** @throws ForbiddenError a channel on whose topic the principal may not publish */
export function requireWritable(principal: Principal, chat: ChatAddress, field = CHAT_ID): void {
  if (chat.kind === 'channel' && !mayWriteInChannel(principal, chat)) {
    throw new ForbiddenError('not allowed to write in this channel', { field });
  }
}

/** For touching what is there. @throws ForbiddenError a channel that the principal may not read, or not write in */
export function requireTouchable(principal: Principal, chat: ChatAddress, field = CHAT_ID): void {
  requireReadable(principal, chat, field);
  requireWritable(principal, chat, field);
}

/** What a command says of an actor of this principal who may delete what others wrote in the chat by a role of its token. */
export function moderation(principal: Principal, chat: ChatAddress): { readonly asModerator?: true } {
  return chat.kind === 'channel' && moderatesChannels(principal) ? { asModerator: true } : {};
}

/** What a command says where the actor's dialect knows no joining: channels are open to it, other chats to their members. */
export function visiting(chat: ChatAddress): { readonly asVisitor?: true } {
  return chat.kind === 'channel' ? { asVisitor: true } : {};
}

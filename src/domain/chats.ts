import type { Actor } from './caller.js';
import type { ChatAddress } from './chat.js';
import type { MessageAnswer, NewRequest } from './payloads.js';

/**
 * Chats as modules need them: who may do what there, and writing. A chat that is unknown and one that the actor is not in are told
 * apart by nobody: both are 404.
 *
 * `field` is where the request names the chat, for the error.
 */
export abstract class Chats {
  /**
   * The chat that the actor knows by this id, where it may read it. A dialog in which nobody has written is opened by it, and
   * one that has ended, for its other user was erased, is opened anew.
   *
   * @throws NotFoundError, ForbiddenError (a channel that the actor's token closes)
   */
  abstract toRead(actor: Actor, chatId: string, field?: string): Promise<ChatAddress>;

  /** The same, where it may write there too. */
  abstract toWrite(actor: Actor, chatId: string, field?: string): Promise<ChatAddress>;

  /** A chat that the module has kept by the number of its address; undefined where the actor may not read it (any more). */
  abstract kept(actor: Actor, number: number): Promise<ChatAddress | undefined>;

  /**
   * Sends a message as the actor. Committed when it resolves; the same `clientMessageId` again is the same message.
   * Of its errors `details.field` begins with `payload.`, as where a client sends it.
   */
  abstract send(actor: Actor, message: NewRequest): Promise<MessageAnswer>;
}

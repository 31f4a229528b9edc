import { Injectable } from '@nestjs/common';

import { chatIdFor, type ChatAddress } from '../../domain/chat.js';
import { NotFoundError } from '../../domain/errors.js';
import { isPublicChatId } from '../../domain/ids.js';
import type { Principal } from '../../domain/principal.js';
import { TokenStanding } from '../../domain/token-standing.js';
import { ChannelDirectory } from '../../log/channel-directory.js';
import { ChatStore } from '../../log/chat-store.js';
import { UsersService } from '../users/users.service.js';
import { BoundedCache } from './bounded-cache.js';

/** About 200 bytes each, so some 10 MB; one that was forgotten costs a look-up by key. */
const CACHED_ADDRESSES = 50_000;

const CHAT_ID = 'payload.chatId';

/** What is there at once comes at once, so that a client's pipelined messages reach the log in one tick. */
export type Eventually<T> = T | Promise<T>;

/** The answer to an id that names nothing, or nothing that the asker may know of: one can't tell which. */
export function unknownChat(field = CHAT_ID): NotFoundError {
  return new NotFoundError('unknown chat', { field });
}

/**
 * Finds the chat that a reader means by a chat id. Channels are asked for each time, for they are renamed and deleted. Whether the
 * reader is in it is not asked here: the log checks that with every command, and each repository in the statement that reads, so neither
 * can answer from a stale "yes".
 */
@Injectable()
export class ChatDirectory {
  /** Those of dialogs and groups never change, so they are good for as long as they are kept. */
  private readonly addresses = new BoundedCache<string, ChatAddress>(CACHED_ADDRESSES);

  constructor(
    private readonly chats: ChatStore,
    private readonly channels: ChannelDirectory,
    private readonly users: UsersService,
    private readonly standing: TokenStanding,
  ) {}

  /**
   * The chat, with the dialog made where there was none. 404 for an unknown group, and for strangers where they are rejected.
   *
   * @param field where the request names the chat, for the 404; here and below
   */
  openForSending(reader: string, chatId: string, field = CHAT_ID): Eventually<ChatAddress> {
    return this.known(keyOf(reader, chatId)) ?? this.open(reader, chatId, field);
  }

  /**
   * Sends into a chat that was opened for sending; where that fails because it has ended since, it is reopened and `send` called once
   * more.
   *
   * @throws as `reopen`, and what `send` throws
   */
  async sendInto<T>(chat: ChatAddress, sender: Principal, send: () => Promise<T>, field = CHAT_ID): Promise<T> {
    try {
      // Within this call: what is sent has its place in the log when the promise is returned.
      return await send();
    } catch (error) {
      await this.reopen(chat, sender, error, field);
      return send();
    }
  }

  /**
   * A dialog that was opened for sending may have ended since, for its other user was erased: it is opened anew, as writing to a
   * stranger opens one. Where it is the sender who was erased, it has no token that counts.
   *
   * @param error what sending failed with
   * @throws it, where it says something else; as `openForSending`; UnauthorizedError
   */
  async reopen(chat: ChatAddress, sender: Principal, error: unknown, field = CHAT_ID): Promise<void> {
    if (!chat.users || !isUnknownChat(error)) throw error;
    const other = chatIdFor(chat, sender.userId);
    await this.users.requireReachable([other], () => field);
    await this.standing.admit(sender);
    await this.chats.openDialog(sender.userId, other);
  }

  /** The chat; `undefined` for a dialog in which nothing has been sent yet. 404 as above. */
  find(reader: string, chatId: string, field = CHAT_ID): Eventually<ChatAddress | undefined> {
    return this.known(keyOf(reader, chatId)) ?? this.lookUp(reader, chatId, field);
  }

  /** The group or channel of this public id; 404 for anything else. */
  async findPublic(publicId: string, field = CHAT_ID): Promise<ChatAddress> {
    const known = this.known(publicId);
    if (known) return known;
    // A channel that this server has not heard of yet, of another server's making, is found here too.
    const found = await this.chats.byPublicId(publicId);
    if (!found) throw unknownChat(field);
    return found.kind === 'channel' ? found : this.keep(publicId, found);
  }

  /** The channel of this name; 404 where there is none. */
  async findChannel(name: string, field: string): Promise<ChatAddress> {
    const channel = this.channels.byName(name) ?? (await this.chats.byName(name));
    if (!channel) throw unknownChat(field);
    return channel;
  }

  private known(key: string): ChatAddress | undefined {
    return this.addresses.get(key) ?? this.channels.byPublicId(key);
  }

  private async open(reader: string, chatId: string, field: string): Promise<ChatAddress> {
    const found = await this.lookUp(reader, chatId, field);
    return found ?? this.keep(keyOf(reader, chatId), await this.chats.openDialog(reader, chatId));
  }

  private async lookUp(reader: string, chatId: string, field: string): Promise<ChatAddress | undefined> {
    if (isPublicChatId(chatId)) return this.findPublic(chatId, field);
    const dialog = await this.chats.dialogBetween(reader, chatId);
    if (dialog) return this.keep(keyOf(reader, chatId), dialog);
    await this.users.requireReachable([chatId], () => field);
    return undefined;
  }

  private keep(key: string, chat: ChatAddress): ChatAddress {
    this.addresses.set(key, chat);
    return chat;
  }
}

/** As the log says it of whoever is not in the chat. */
function isUnknownChat(error: unknown): boolean {
  return error instanceof NotFoundError && error.details.field === CHAT_ID;
}

/** One key for both readers of a dialog. No id holds U+0000, so no two chats share one. */
function keyOf(reader: string, chatId: string): string {
  if (isPublicChatId(chatId)) return chatId;
  return reader < chatId ? `${reader}\0${chatId}` : `${chatId}\0${reader}`;
}

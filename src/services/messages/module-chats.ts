import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import { mayReadChannel } from '../../domain/channel-rights.js';
import type { ChatAddress } from '../../domain/chat.js';
import { Chats } from '../../domain/chats.js';
import type { MessageAnswer, NewRequest } from '../../domain/payloads.js';
import { ChatStore } from '../../log/chat-store.js';
import { requireReadable, requireWritable } from '../chats/channel-access.js';
import { ChatDirectory, unknownChat } from '../chats/chat-directory.js';
import { MessagesService } from './messages.service.js';

const CHAT_ID = 'payload.chatId';

/** By the rules that hold for what clients send. */
@Injectable()
export class ModuleChats extends Chats {
  constructor(
    private readonly directory: ChatDirectory,
    private readonly chats: ChatStore,
    private readonly messages: MessagesService,
  ) {
    super();
  }

  override async toRead(actor: Actor, chatId: string, field = CHAT_ID): Promise<ChatAddress> {
    const chat = await this.directory.openForSending(actor.principal.userId, chatId, field);
    requireReadable(actor.principal, chat, field);
    const found = async (): Promise<ChatAddress> => {
      if (!(await this.isIn(actor, chat))) throw unknownChat(chat.users ? CHAT_ID : field);
      return chat;
    };
    // A dialog that has ended is opened anew, as sending would open it.
    return this.directory.sendInto(chat, actor.principal, found, field);
  }

  override async toWrite(actor: Actor, chatId: string, field = CHAT_ID): Promise<ChatAddress> {
    const chat = await this.toRead(actor, chatId, field);
    requireWritable(actor.principal, chat, field);
    return chat;
  }

  override async kept(actor: Actor, number: number): Promise<ChatAddress | undefined> {
    const chat = await this.chats.byNumber(number);
    if (!chat || !(await this.isIn(actor, chat))) return undefined;
    return chat.kind === 'channel' && !mayReadChannel(actor.principal, chat) ? undefined : chat;
  }

  override send(actor: Actor, message: NewRequest): Promise<MessageAnswer> {
    return this.messages.send(actor, message);
  }

  /** Channels are open to everybody, but for what a token's claim says. */
  private async isIn(actor: Actor, chat: ChatAddress): Promise<boolean> {
    return chat.kind === 'channel' || this.chats.isMember(chat, actor.principal.userId);
  }
}

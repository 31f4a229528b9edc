import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { DomainEvents } from '../../domain/domain-events.js';
import type { Audience } from '../../domain/events.js';
import type { TypingRequest } from '../../domain/payloads.js';
import { ChatStore } from '../../log/chat-store.js';
import { ChatDirectory, unknownChat } from '../chats/chat-directory.js';

/** Passes on that somebody is typing. Nothing of it is kept, and no dialog is made by it. */
@Injectable()
export class TypingService {
  constructor(
    private readonly directory: ChatDirectory,
    private readonly chats: ChatStore,
    private readonly events: DomainEvents,
  ) {}

  async tell(actor: Actor, { chatId, stop }: TypingRequest): Promise<void> {
    const { userId } = actor.principal;
    const chat = (await this.directory.find(userId, chatId)) ?? dialogToBe(userId, chatId);
    if (chat.kind === 'favorites') return;
    if (!chat.users && !(await this.chats.isMember(chat, userId))) throw unknownChat();
    const audience: Audience = chat.users ? { users: [chatId] } : { chat, exceptUser: userId };
    this.events.emit('announced', { audience, event: { type: 'typing', chat, userId, stop } });
  }
}

/** It has no number yet; its users are all that is needed to name it. */
function dialogToBe(a: string, b: string): ChatAddress {
  return { id: 0, kind: a === b ? 'favorites' : 'dialog', users: [a, b] };
}

import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { DomainEvents } from '../../domain/domain-events.js';
import { BadRequestError, NotFoundError } from '../../domain/errors.js';
import type { Audience } from '../../domain/events.js';
import { isPublicChatId } from '../../domain/ids.js';
import type { RequestOf, TypingRequest } from '../../domain/payloads.js';
import { publicIdOfTopic } from '../../domain/topic-patterns.js';
import { ChatStore } from '../../log/chat-store.js';
import { ChatDirectory, unknownChat } from '../chats/chat-directory.js';

const TOPIC = 'payload.topic';
const TARGET_USER = 'payload.target_user';

/** Passes on that somebody is typing. Nothing of it is kept, and no dialog is made by it. */
@Injectable()
export class TypingService {
  constructor(
    private readonly directory: ChatDirectory,
    private readonly chats: ChatStore,
    private readonly events: DomainEvents,
  ) {}

  /** @param field where the request names the chat, for the 404 */
  async tell(actor: Actor, { chatId, stop }: TypingRequest, field = 'payload.chatId'): Promise<void> {
    const { userId } = actor.principal;
    const chat = (await this.directory.find(userId, chatId, field)) ?? dialogToBe(userId, chatId);
    if (chat.kind === 'favorites') return;
    if (!chat.users && !(await this.chats.isMember(chat, userId))) throw unknownChat(field);
    const audience: Audience = chat.users ? { users: [chatId] } : { chat, exceptUser: userId };
    this.events.emit('announced', { audience, event: { type: 'typing', chat, userId, stop } });
  }

  /** The same for clients to whom a dialog is a user, and a group a topic. */
  async tellExtended(actor: Actor, request: RequestOf<'X-Typing'>): Promise<void> {
    const { topic, target_user: targetUser, stop } = request;
    if (topic === undefined && targetUser === undefined) throw BadRequestError.at(TOPIC);
    if (topic === undefined) return this.tell(actor, { chatId: requireUser(targetUser), stop }, TARGET_USER);
    if (targetUser !== undefined) throw BadRequestError.at(TARGET_USER, 'topic and target_user exclude each other');
    const chatId = publicIdOfTopic(topic);
    if (chatId === undefined) throw unknownChat(TOPIC);
    return this.tell(actor, { chatId, stop }, TOPIC);
  }
}

/** A group's id is somebody whom nobody knows: a group goes by its topic. */
function requireUser(id = ''): string {
  if (isPublicChatId(id)) throw new NotFoundError('unknown user', { field: TARGET_USER });
  return id;
}

/** It has no number yet; its users are all that is needed to name it. */
function dialogToBe(a: string, b: string): ChatAddress {
  return { id: 0, kind: a === b ? 'favorites' : 'dialog', users: [a, b] };
}

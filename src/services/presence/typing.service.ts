import { setImmediate as nextTurn } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import { type ChatAddress, chatIdFor } from '../../domain/chat.js';
import { DomainEvents } from '../../domain/domain-events.js';
import { BadRequestError, NotFoundError } from '../../domain/errors.js';
import type { Audience } from '../../domain/events.js';
import { isPublicChatId } from '../../domain/ids.js';
import type { RequestOf, TypingRequest } from '../../domain/payloads.js';
import { ChatStore } from '../../log/chat-store.js';
import { requireWritable } from '../chats/channel-access.js';
import { ChatDirectory, unknownChat } from '../chats/chat-directory.js';
import { ChatTopics } from '../chats/chat-topics.js';
import { ChannelTyping } from './channel-typing.js';

const TOPIC = 'payload.topic';
const TARGET_USER = 'payload.target_user';

/** Passes on that somebody is typing. Nothing of it is kept, and no dialog is made by it. */
@Injectable()
export class TypingService {
  constructor(
    private readonly directory: ChatDirectory,
    private readonly topics: ChatTopics,
    private readonly chats: ChatStore,
    private readonly inChannels: ChannelTyping,
    private readonly events: DomainEvents,
  ) {}

  /** @param field where the request names the chat, for the 404 and the 403 */
  async tell(actor: Actor, { chatId, stop }: TypingRequest, field = 'payload.chatId'): Promise<void> {
    const { principal } = actor;
    const chat = (await this.directory.find(principal.userId, chatId, field)) ?? dialogToBe(principal.userId, chatId);
    if (chat.kind === 'favorites') return;
    requireWritable(principal, chat, field);
    if (!chat.users && !(await this.chats.isMember(chat, principal.userId))) throw unknownChat(field);
    await this.announce(actor, chat, stop);
  }

  /** The same for clients to whom a dialog is a user, and a group or channel a topic. In channels they need not have joined. */
  async tellExtended(actor: Actor, request: RequestOf<'X-Typing'>): Promise<void> {
    const { topic, target_user: targetUser, stop } = request;
    if (topic === undefined && targetUser === undefined) throw BadRequestError.at(TOPIC);
    if (topic === undefined) return this.tell(actor, { chatId: requireUser(targetUser), stop }, TARGET_USER);
    if (targetUser !== undefined) throw BadRequestError.at(TARGET_USER, 'topic and target_user exclude each other');
    const chat = await this.topics.chatOfMember(actor.principal.userId, topic);
    if (!chat) throw unknownChat(TOPIC);
    requireWritable(actor.principal, chat, TOPIC);
    await this.announce(actor, chat, stop);
  }

  private async announce(actor: Actor, chat: ChatAddress, stop: boolean | undefined): Promise<void> {
    if (chat.kind === 'channel') return this.inChannels.announce(actor, chat, { stop });
    const { userId } = actor.principal;
    // What the actor has just written is committed, and told with this turn of the event loop: before this.
    await nextTurn();
    const audience: Audience = chat.users ? { users: [chatIdFor(chat, userId)] } : { chat, exceptUser: userId };
    this.events.emit('announced', { audience, event: { type: 'typing', chat, userId, stop } });
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

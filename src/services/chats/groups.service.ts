import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { BadRequestError, ConflictError } from '../../domain/errors.js';
import { isPublicChatId } from '../../domain/ids.js';
import type {
  ChatAnswer,
  CreateChatRequest,
  ParticipantsRequest,
  RequestOf,
  UpdateChatRequest,
} from '../../domain/payloads.js';
import { ChatStore } from '../../log/chat-store.js';
import { UsersService } from '../users/users.service.js';
import { requireReadable } from './channel-access.js';
import { ChatDirectory, unknownChat } from './chat-directory.js';
import { ChatsService } from './chats.service.js';

const participantAt = (index: number): string => `payload.participants.${index}`;

/** Groups and who is in them. Who may do what is decided by the store, under the chat's lock. */
@Injectable()
export class GroupsService {
  constructor(
    private readonly directory: ChatDirectory,
    private readonly store: ChatStore,
    private readonly users: UsersService,
    private readonly chats: ChatsService,
    private readonly config: Config,
  ) {}

  async create({ principal, origin }: Actor, request: CreateChatRequest): Promise<ChatAnswer> {
    const { participants, name, photoUrl, clientChatId } = request;
    this.requireRoom(new Set([principal.userId, ...participants]).size);
    await this.users.requireReachable(participants, participantAt);
    const chat = await this.store.createGroup({ origin, name, photoUrl, participants, clientChatId });
    return this.chats.describe(chat, principal.userId);
  }

  async update(
    { principal, origin }: Actor,
    { chatId, name, photoUrl, admins }: UpdateChatRequest,
  ): Promise<ChatAnswer> {
    const chat = await this.groupNamed(chatId);
    await this.store.updateGroup({ chat, origin, name, photoUrl, admins });
    return this.chats.describe(chat, principal.userId);
  }

  async add({ principal, origin }: Actor, { chatId, participants }: ParticipantsRequest): Promise<ChatAnswer> {
    const chat = await this.groupNamed(chatId);
    await this.users.requireReachable(participants, participantAt);
    await this.store.addMembers(chat, origin, participants);
    return this.chats.describe(chat, principal.userId);
  }

  /** Leaving is another request: its answer shows no chat, while this one's does. */
  async remove({ principal, origin }: Actor, { chatId, participants }: ParticipantsRequest): Promise<ChatAnswer> {
    const oneself = participants.indexOf(principal.userId);
    if (oneself >= 0) throw BadRequestError.at(participantAt(oneself), 'use leaveChat to leave');
    const chat = await this.groupNamed(chatId);
    await this.store.removeMembers(chat, origin, participants);
    return this.chats.describe(chat, principal.userId);
  }

  /** Channels are open to everybody whose claim does not say otherwise; into a group one is taken. */
  async join({ principal, origin }: Actor, { chatId, name }: RequestOf<'joinChat'>): Promise<ChatAnswer> {
    const chat = await this.channelNamed(chatId, name);
    requireReadable(principal, chat, chatId === undefined ? 'payload.name' : 'payload.chatId');
    await this.store.join(chat, origin);
    return this.chats.describe(chat, principal.userId);
  }

  async leave({ origin }: Actor, { chatId }: RequestOf<'leaveChat'>): Promise<Record<string, never>> {
    const chat = await this.groupNamed(chatId);
    await this.store.leave(chat, origin);
    return {};
  }

  private requireRoom(members: number): void {
    if (members <= this.config.limits.maxMembers) return;
    throw new ConflictError('the chat would have too many members', { field: 'payload.participants' });
  }

  private async groupNamed(chatId: string): Promise<ChatAddress> {
    if (!isPublicChatId(chatId)) throw BadRequestError.at('payload.chatId', 'a dialog has no members to change');
    return this.directory.findPublic(chatId);
  }

  private async channelNamed(chatId: string | undefined, name: string | undefined): Promise<ChatAddress> {
    if (chatId === undefined && name === undefined) throw BadRequestError.at('payload.chatId');
    const named = name === undefined ? undefined : await this.directory.findChannel(name, 'payload.name');
    const chat = chatId === undefined ? named : await this.directory.findPublic(chatId);
    if (chat?.kind !== 'channel') throw unknownChat();
    if (named && named.id !== chat.id)
      throw BadRequestError.at('payload.name', 'chatId and name are of different channels');
    return chat;
  }
}

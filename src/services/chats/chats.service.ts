import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { Clock } from '../../domain/clock.js';
import type { AnswerOf, ChatAnswer, RequestOf } from '../../domain/payloads.js';
import { chatTopic } from '../../domain/topic-patterns.js';
import { mayUse } from '../../domain/topic-permissions.js';
import { UsersRepository } from '../users/users.repository.js';
import { requireReadable } from './channel-access.js';
import { ChatDirectory, unknownChat } from './chat-directory.js';
import { ChatsRepository } from './chats.repository.js';
import { readActivityCursor, readUserCursor, writeActivityCursor, writeUserCursor } from './cursor.js';

const DEFAULT_CHATS = 100;
/** As many participants as one answer names; the others follow by its `next`. */
const PARTICIPANTS = 100;

@Injectable()
export class ChatsService {
  constructor(
    private readonly directory: ChatDirectory,
    private readonly chats: ChatsRepository,
    private readonly users: UsersRepository,
    private readonly clock: Clock,
  ) {}

  /** The actor's chats, newest activity first. A page may be short where channels are left out that the claim closes. */
  async list({ principal }: Actor, { cursor, limit }: RequestOf<'chats'>): Promise<AnswerOf<'chats'>> {
    const below = readActivityCursor(cursor);
    const { chats, next } = await this.chats.page(principal.userId, below, limit ?? DEFAULT_CHATS);
    const readable = chats.filter(
      ({ type, name }) => type !== 'channel' || mayUse(principal, 'subscribe', chatTopic(name)),
    );
    return { chats: readable, next: next && writeActivityCursor(next) };
  }

  /** One chat. A dialog in which nothing was sent yet is described as an empty one, and is not made by that. */
  async one(actor: Actor, { chatId, cursor }: RequestOf<'chat'>): Promise<ChatAnswer> {
    const after = readUserCursor(cursor);
    const reader = actor.principal.userId;
    const chat = await this.directory.find(reader, chatId);
    if (chat) requireReadable(actor.principal, chat);
    return chat ? this.describe(chat, reader, after) : this.emptyDialog(reader, chatId);
  }

  /** 404 where the reader is not in the chat. */
  async describe(chat: ChatAddress, reader: string, after?: string): Promise<ChatAnswer> {
    const details = await this.chats.details(chat.id, reader);
    if (!details) throw unknownChat();
    const found = await this.chats.participants(chat.id, after, PARTICIPANTS + 1);
    const participants = found.slice(0, PARTICIPANTS);
    const last = participants.at(-1);
    const next = last && found.length > PARTICIPANTS ? writeUserCursor(last.userId) : undefined;
    const { item, createdAt, owner } = details;
    const { id, type, ...rest } = item;
    return { type, chatId: id, ...rest, meta: { owner, createdAt, participants, next } };
  }

  private async emptyDialog(reader: string, other: string): Promise<ChatAnswer> {
    const profiles = await this.users.profiles([reader, other]);
    const userIds = reader === other ? [reader] : [reader, other].sort();
    return {
      type: reader === other ? 'favorites' : 'dialog',
      chatId: other,
      name: profiles.get(other)?.name ?? other,
      missed: 0,
      lastSeen: reader === other ? undefined : profiles.get(other)?.lastSeen,
      meta: {
        createdAt: this.clock.now(),
        participants: userIds.map((userId) => ({ userId, role: 'member', name: profiles.get(userId)?.name })),
      },
    };
  }
}

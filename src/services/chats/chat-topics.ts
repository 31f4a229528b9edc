import { Injectable } from '@nestjs/common';

import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError } from '../../domain/errors.js';
import { publicIdOfTopic } from '../../domain/topic-patterns.js';
import { ChatStore } from '../../log/chat-store.js';
import { ChatDirectory, type Eventually } from './chat-directory.js';

/** Which topics are a chat's. To whoever is not in it such a topic looks like one that nobody uses. */
@Injectable()
export class ChatTopics {
  constructor(
    private readonly directory: ChatDirectory,
    private readonly chats: ChatStore,
  ) {}

  /** Whether the topic can be a chat's only: nothing of it is kept or pushed as of a plain topic, be there a chat or not. */
  isOfChat(topic: string): boolean {
    return publicIdOfTopic(topic) !== undefined;
  }

  /** The chat, whoever is in it; `undefined` where there is none. */
  chatOf(userId: string, topic: string): Eventually<ChatAddress | undefined> {
    const publicId = publicIdOfTopic(topic);
    if (publicId === undefined) return undefined;
    const found = this.directory.find(userId, publicId);
    return found instanceof Promise ? found.catch(undefinedWhereUnknown) : found;
  }

  /** The same, only where the user is in it. */
  async chatOfMember(userId: string, topic: string): Promise<ChatAddress | undefined> {
    const chat = await this.chatOf(userId, topic);
    return chat && (await this.chats.isMember(chat, userId)) ? chat : undefined;
  }
}

/** For `catch`: a chat that is not there, or not for the asker, is no fault where topics are asked for. */
export function undefinedWhereUnknown(error: unknown): undefined {
  if (error instanceof NotFoundError) return undefined;
  throw error;
}

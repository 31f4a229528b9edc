import { Injectable } from '@nestjs/common';

import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError } from '../../domain/errors.js';
import { chatNameOfTopic, publicIdOfTopic } from '../../domain/topic-patterns.js';
import { ChannelDirectory } from '../../log/channel-directory.js';
import { ChatStore } from '../../log/chat-store.js';
import { ChatDirectory, type Eventually } from './chat-directory.js';

/**
 * Which topics are a chat's: `chat.` and a channel's name, or a group's public id. What stands there in the form of a public id is
 * never a name, so nobody can take a group's topic for a channel. To whoever is not in a group its topic looks like one that nobody
 * uses; so does a channel's public id.
 */
@Injectable()
export class ChatTopics {
  constructor(
    private readonly directory: ChatDirectory,
    private readonly channels: ChannelDirectory,
    private readonly chats: ChatStore,
  ) {}

  /** Whether the topic is a chat's only: nothing of it is kept or pushed as of a plain topic. */
  isOfChat(topic: string): boolean {
    return publicIdOfTopic(topic) !== undefined || this.channelOf(topic) !== undefined;
  }

  /** The chat, whoever is in it; `undefined` where there is none. Channels are found at once. */
  chatOf(userId: string, topic: string): Eventually<ChatAddress | undefined> {
    const publicId = publicIdOfTopic(topic);
    if (publicId === undefined) return this.channelOf(topic);
    const found = this.directory.find(userId, publicId);
    return found instanceof Promise ? found.then(unlessChannel, undefinedWhereUnknown) : unlessChannel(found);
  }

  /** The same, of a group only where the user is in it. Channels are open to everybody: what the claim says is asked elsewhere. */
  async chatOfMember(userId: string, topic: string): Promise<ChatAddress | undefined> {
    const chat = await this.chatOf(userId, topic);
    if (chat === undefined || chat.kind === 'channel') return chat;
    return (await this.chats.isMember(chat, userId)) ? chat : undefined;
  }

  private channelOf(topic: string): ChatAddress | undefined {
    const name = chatNameOfTopic(topic);
    return name === undefined ? undefined : this.channels.byName(name);
  }
}

/** A channel goes by its name. */
function unlessChannel(chat: ChatAddress | undefined): ChatAddress | undefined {
  return chat?.kind === 'channel' ? undefined : chat;
}

/** For `catch`: a chat that is not there, or not for the asker, is no fault where topics are asked for. */
export function undefinedWhereUnknown(error: unknown): undefined {
  if (error instanceof NotFoundError) return undefined;
  throw error;
}

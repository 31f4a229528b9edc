import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import { shownThread, type ShownThread } from '../../domain/shown-channel.js';
import { ChannelStore } from '../../log/channel-store.js';
import { ChannelFinder } from './channel-finder.js';
import { ChannelMessagesRepository } from './channel-messages.repository.js';
import { unknownMessage } from './log-failures.js';
import { DEFAULT_PAGE_SIZE, type Page } from './messages-statement.js';
import type { CreateThreadDto } from './thread.dto.js';
import { ThreadsRepository } from './threads.repository.js';

/** Threads of channels: whoever may write in a channel may begin one with any message that is shown there. */
@Injectable()
export class ThreadsService {
  constructor(
    private readonly finder: ChannelFinder,
    private readonly threads: ThreadsRepository,
    private readonly messages: ChannelMessagesRepository,
    private readonly store: ChannelStore,
  ) {}

  /** Newest first. @throws NotFoundError; ForbiddenError the channel may not be read */
  async list({ principal }: Actor, channelId: number, bounds: Partial<Page> = {}): Promise<readonly ShownThread[]> {
    const { page = 0, size = DEFAULT_PAGE_SIZE } = bounds;
    const channel = this.finder.readable(principal, channelId);
    return (await this.threads.page(channel.id, { page, size })).map(shownThread);
  }

  /**
   * @throws NotFoundError the channel, or the message in it; ForbiddenError the channel may not be read, or not be written in;
   *   ConflictError the message has a thread
   */
  async create({ principal, origin }: Actor, channelId: number, request: CreateThreadDto): Promise<ShownThread> {
    const { sourceChatId: messageId, name } = request;
    const chat = this.finder.touchable(principal, channelId);
    const source = await this.messages.find(messageId);
    if (source?.chat.channelId !== chat.id) throw unknownMessage('payload.sourceChatId');
    return shownThread(await this.store.createThread({ chat, origin, messageId, name }));
  }
}

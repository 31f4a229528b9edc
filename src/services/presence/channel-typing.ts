import { setImmediate as nextTurn } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { DomainEvents } from '../../domain/domain-events.js';
import { NotFoundError } from '../../domain/errors.js';
import type { ChannelTypingRequest } from '../../domain/payloads.js';
import { ChannelDirectory } from '../../log/channel-directory.js';
import { requireWritable } from '../chats/channel-access.js';
import { unknownChat } from '../chats/chat-directory.js';
import { ThreadDirectory } from '../chats/thread-directory.js';
import { UserNumbers } from '../users/user-numbers.js';

const CHANNEL_ID = 'payload.channelId';

interface Typing {
  readonly stop?: boolean;
  readonly threadId?: number;
}

/** Passes on that somebody is typing in a channel: to all who follow it, to some of whom a user is a number. */
@Injectable()
export class ChannelTyping {
  constructor(
    private readonly channels: ChannelDirectory,
    private readonly threads: ThreadDirectory,
    private readonly numbers: UserNumbers,
    private readonly events: DomainEvents,
  ) {}

  /**
   * For clients to whom a channel is a number.
   *
   * @throws NotFoundError the channel, or the thread in it
   * @throws ForbiddenError the channel is not the actor's to write in
   */
  async tell(actor: Actor, { channelId, threadId }: ChannelTypingRequest): Promise<void> {
    const channel = this.channels.addressOf(channelId);
    if (!channel) throw unknownChat(CHANNEL_ID);
    requireWritable(actor.principal, channel, CHANNEL_ID);
    if (threadId === undefined || threadId === null) return this.announce(actor, channel, {});
    if (!(await this.threads.isIn(channelId, threadId))) {
      throw new NotFoundError('unknown thread', { field: 'payload.threadId' });
    }
    await this.announce(actor, channel, { threadId });
  }

  /** For whoever has found the channel, and that the actor may write in it. */
  async announce({ principal: { userId } }: Actor, channel: ChatAddress, typing: Typing): Promise<void> {
    const userNumber = (await this.numbers.of([userId])).get(userId);
    // What the actor has just written is committed, and told with this turn of the event loop: before this.
    await nextTurn();
    const audience = { chat: channel, exceptUser: userId };
    this.events.emit('announced', {
      audience,
      event: { type: 'typing', chat: channel, userId, userNumber, ...typing },
    });
  }
}

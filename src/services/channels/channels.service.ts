import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import { mayReadChannel } from '../../domain/channel-rights.js';
import type { Channel } from '../../domain/channels.js';
import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError } from '../../domain/errors.js';
import { EveryServer } from '../../domain/every-server.js';
import { shownChannel, type ShownChannel } from '../../domain/shown-channel.js';
import { ChannelDirectory } from '../../log/channel-directory.js';
import { channelAddress } from '../../log/channel-row.js';
import { ChannelStore } from '../../log/channel-store.js';
import { requireReadable } from '../chats/channel-access.js';
import type { CreateChannelDto, UpdateChannelDto } from './channel.dto.js';
import { CHANNEL_ID } from './channel-finder.js';
import { type ChannelNode, treeOf } from './channel-tree.js';
import { requireManagement } from './require-management.js';

/** Channels are open to everybody whose token allows their topics, and changed by who has the role for it. */
@Injectable()
export class ChannelsService {
  constructor(
    private readonly directory: ChannelDirectory,
    private readonly store: ChannelStore,
    private readonly everyServer: EveryServer,
  ) {}

  /** What may not be read is left out. */
  tree({ principal }: Actor): readonly ChannelNode[] {
    return treeOf(this.directory.all().filter((channel) => mayReadChannel(principal, channelAddress(channel))));
  }

  /** @throws NotFoundError; ForbiddenError one that may not be read */
  one({ principal }: Actor, id: number): ShownChannel {
    const channel = this.existing(id);
    requireReadable(principal, channelAddress(channel), CHANNEL_ID);
    return shownChannel(channel);
  }

  /** @throws ForbiddenError; NotFoundError the parent; ConflictError the name is taken, or there are `MAX_CHANNELS` */
  async create({ principal, origin }: Actor, request: CreateChannelDto): Promise<ShownChannel> {
    requireManagement(principal);
    const { name, description, parentChannelId, ordinality, capabilities } = request;
    const placed = { parentId: parentChannelId ?? undefined, ordinality };
    const plan = { origin, name, description: description ?? undefined, ...placed, capabilities };
    return this.known(await this.store.create(plan));
  }

  /**
   * What is absent stays as it is.
   *
   * @throws ForbiddenError; NotFoundError the channel, or the parent; ConflictError the name is taken; BadRequestError a parent
   *   that is below the channel
   */
  async update({ principal, origin }: Actor, id: number, request: UpdateChannelDto): Promise<ShownChannel> {
    requireManagement(principal);
    const { name, description, parentChannelId: parentId, ordinality, capabilities } = request;
    const chat = this.addressOf(id);
    return this.known(await this.store.update({ chat, origin, name, description, parentId, ordinality, capabilities }));
  }

  /** With all below it. @throws ForbiddenError; NotFoundError; ConflictError the default channel is among them */
  async delete({ principal, origin }: Actor, id: number): Promise<void> {
    requireManagement(principal);
    await this.store.delete(this.addressOf(id), origin);
    await this.everyServer.hasHeard();
  }

  /** Every server has the channels in its memory: whoever is answered may go on with this one on any of them. */
  private async known(channel: Channel): Promise<ShownChannel> {
    await this.everyServer.hasHeard();
    return shownChannel(channel);
  }

  private existing(id: number): Channel {
    const channel = this.directory.byId(id);
    if (!channel) throw new NotFoundError('not found', { field: CHANNEL_ID });
    return channel;
  }

  private addressOf(id: number): ChatAddress {
    return channelAddress(this.existing(id));
  }
}

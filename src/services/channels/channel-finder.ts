import { Injectable } from '@nestjs/common';

import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { ChannelDirectory } from '../../log/channel-directory.js';
import { requireReadable, requireTouchable, requireWritable } from '../chats/channel-access.js';

export const CHANNEL_ID = 'payload.channelId';

/** Finds the channel that somebody names and what may be done there, without waiting: what is written takes its place in order. */
@Injectable()
export class ChannelFinder {
  constructor(private readonly directory: ChannelDirectory) {}

  /**
   * @param field where the request names the channel or what is in it, for both errors; below too
   * @throws NotFoundError there is no such channel
   * @throws ForbiddenError there is, and the principal may not read it
   */
  readable(principal: Principal, channelId: number | undefined, field = CHANNEL_ID): ChatAddress {
    const channel = this.known(channelId, field);
    requireReadable(principal, channel, field);
    return channel;
  }

  /** Whoever only writes learns nothing of the channel. @throws ForbiddenError the principal may not write there */
  writable(principal: Principal, channelId: number | undefined, field = CHANNEL_ID): ChatAddress {
    const channel = this.known(channelId, field);
    requireWritable(principal, channel, field);
    return channel;
  }

  /** For touching what is there. @throws ForbiddenError the principal may not read it, or not write there */
  touchable(principal: Principal, channelId: number | undefined, field = CHANNEL_ID): ChatAddress {
    const channel = this.known(channelId, field);
    requireTouchable(principal, channel, field);
    return channel;
  }

  private known(channelId: number | undefined, field: string): ChatAddress {
    const channel = this.directory.addressOf(channelId);
    if (!channel) throw new NotFoundError('not found', { field });
    return channel;
  }
}

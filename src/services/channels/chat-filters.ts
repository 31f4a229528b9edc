import { Injectable } from '@nestjs/common';

import { mayReadChannel } from '../../domain/channel-rights.js';
import type { Principal } from '../../domain/principal.js';
import { NotFoundError } from '../../domain/errors.js';
import { ChannelDirectory } from '../../log/channel-directory.js';
import { channelAddress } from '../../log/channel-row.js';
import { ChannelFinder } from './channel-finder.js';
import { ChannelMessagesRepository } from './channel-messages.repository.js';
import type { MessageFilter } from './messages-statement.js';
import { ThreadDirectory } from '../chats/thread-directory.js';

/** What a client searches for; all that it gives must be so. */
export interface ChatsQuery {
  readonly channelId?: number;
  /** -1: in no thread. */
  readonly threadId?: number;
  /** The author's number among all users. */
  readonly authorId?: number;
  /** Both exclusive: a chat's id, or a time. */
  readonly before?: number;
  readonly after?: number;
  /** Full text. Empty: as if it were absent; without any word in it: nothing is found. */
  readonly query?: string;
  /** From 0. */
  readonly page?: number;
  readonly size?: number;
}

const IN_NO_THREAD = -1;
const THREAD_ID = 'payload.threadId';
/** No server has that many messages, and no clock that is set shows a time as early (it would be 2001). */
const FIRST_TIME = 1e12;
/** How far the times of two channels may be out of step with the numbers of their messages: a clock was set, a commit was slow. */
const OUT_OF_STEP_MS = 60_000;

/** Makes of what a client asks what the repository can look for, within what the principal may read. */
@Injectable()
export class ChatFilters {
  constructor(
    private readonly finder: ChannelFinder,
    private readonly directory: ChannelDirectory,
    private readonly threads: ThreadDirectory,
    private readonly messages: ChannelMessagesRepository,
  ) {}

  /**
   * @throws NotFoundError the channel, or the thread in it
   * @throws ForbiddenError either may not be read
   */
  async of(principal: Principal, query: ChatsQuery): Promise<MessageFilter> {
    const { authorId, before, after } = query;
    const [place, lower, upper] = await Promise.all([
      this.placeOf(principal, query),
      before === undefined ? {} : this.before(before),
      after === undefined ? {} : this.after(after),
    ]);
    return { ...place, ...lower, ...upper, authorId, query: query.query === '' ? undefined : query.query };
  }

  private async placeOf(principal: Principal, { channelId, threadId }: ChatsQuery): Promise<MessageFilter> {
    const channel = channelId === undefined ? undefined : this.finder.readable(principal, channelId);
    if (threadId !== undefined && threadId !== IN_NO_THREAD) return this.inThread(principal, threadId, channel?.id);
    const channelIds = channel ? [channel.id] : this.readableIds(principal);
    return { channelIds, threadId: threadId === IN_NO_THREAD ? null : undefined };
  }

  /** A thread is in one channel only, so that need not be asked for besides. */
  private async inThread(principal: Principal, threadId: number, channelId?: number): Promise<MessageFilter> {
    const itsChannel = await this.threads.channelOf(threadId);
    if (channelId !== undefined && channelId !== itsChannel) throw new NotFoundError('not found', { field: THREAD_ID });
    this.finder.readable(principal, itsChannel, THREAD_ID);
    return { threadId };
  }

  private readableIds(principal: Principal): readonly number[] {
    const channels = this.directory.all().filter((channel) => mayReadChannel(principal, channelAddress(channel)));
    return channels.map(({ id }) => id);
  }

  private async before(bound: number): Promise<MessageFilter> {
    if (bound < FIRST_TIME) return { below: bound };
    return { beforeTime: bound, below: await this.messages.placeOf(bound + OUT_OF_STEP_MS) };
  }

  private async after(bound: number): Promise<MessageFilter> {
    if (bound < FIRST_TIME) return { above: bound };
    return { afterTime: bound, above: (await this.messages.placeOf(bound - OUT_OF_STEP_MS)) - 1 };
  }
}

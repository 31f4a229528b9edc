import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { BadRequestError } from '../../domain/errors.js';
import type { AnswerOf, ChannelChat, ChatReactionRequest, WriteChatRequest } from '../../domain/payloads.js';
import type { Principal } from '../../domain/principal.js';
import { NOBODY } from '../../domain/shown-channel.js';
import type { Reacted } from '../../log/commands.js';
import { Log } from '../../log/log.js';
import { moderation } from '../chats/channel-access.js';
import { placeInLog, type WritingActor } from '../chats/place-in-log.js';
import { requireShort } from '../chats/text-size.js';
import { ChannelFinder } from './channel-finder.js';
import { ChannelMessagesRepository, type Reactions } from './channel-messages.repository.js';
import { ChatFilters, type ChatsQuery } from './chat-filters.js';
import { CHAT_ID, failedTouch, failedWrite, unknownMessage } from './log-failures.js';
import { DEFAULT_PAGE_SIZE } from './messages-statement.js';

const CONTENT = 'payload.content';

/** Where a message is. */
interface Place {
  readonly channel: ChatAddress;
  readonly number: number;
}

/**
 * Messages of channels as *concord* has them, named by their numbers among all messages. To whoever asks, what is in a dialog or a
 * group, what was deleted and what has no text is not there: 404, also where it may not be touched for another reason.
 *
 * @throws ForbiddenError all methods: a channel that the principal may not read, or not write in where it would
 */
@Injectable()
export class ChannelChatsService {
  constructor(
    private readonly finder: ChannelFinder,
    private readonly filters: ChatFilters,
    private readonly log: Log,
    private readonly messages: ChannelMessagesRepository,
    private readonly config: Config,
  ) {}

  /**
   * Has placed the text in the log by the time that it returns its promise.
   *
   * @throws NotFoundError the channel, or the thread in it
   * @throws TooLargeError a text over `MAX_MESSAGE_BYTES`
   */
  async write(actor: WritingActor, { channelId, threadId, content }: WriteChatRequest): Promise<ChannelChat> {
    this.requireContent(content);
    const channel = this.finder.writable(actor.principal, channelId);
    const written = placeInLog(this.log, actor, {
      type: 'send',
      kind: 'new',
      chat: channel,
      origin: actor.origin,
      senderName: actor.principal.name,
      text: content,
      threadId: threadId ?? undefined,
      asVisitor: true,
    });
    const { id, at, userNumber } = await written.catch(failedWrite);
    const place = { channelId, threadId: threadId ?? null };
    return { id, createdAt: at, authorId: userNumber ?? NOBODY, ...place, content, edited: false, reactions: {} };
  }

  /** Newest first, of threads too: each says which it is in. */
  async latest({ principal }: Actor, channelId: number, size = DEFAULT_PAGE_SIZE): Promise<readonly ChannelChat[]> {
    const channel = this.finder.readable(principal, channelId);
    return this.messages.page({ channelIds: [channel.id] }, { page: 0, size });
  }

  /** Newest first; what may not be read is left out. @throws NotFoundError the channel, or the thread */
  async search({ principal }: Actor, query: ChatsQuery): Promise<readonly ChannelChat[]> {
    const { page = 0, size = DEFAULT_PAGE_SIZE } = query;
    return this.messages.page(await this.filters.of(principal, query), { page, size });
  }

  async one({ principal }: Actor, chatId: number): Promise<ChannelChat> {
    const found = await this.messages.find(chatId);
    if (!found) throw unknownMessage();
    this.finder.readable(principal, found.chat.channelId, CHAT_ID);
    return found.chat;
  }

  /** A payload from elsewhere gives way to the text. @throws ForbiddenError somebody else's message */
  async edit(actor: WritingActor, chatId: number, content: string): Promise<ChannelChat> {
    this.requireContent(content);
    const { channel: chat, number } = await this.find(actor.principal, chatId);
    const command = { chat, origin: actor.origin, target: { number }, text: content, asVisitor: true } as const;
    await placeInLog(this.log, actor, { type: 'edit', ...command }).catch(failedTouch);
    return this.one(actor, chatId);
  }

  /** @throws ForbiddenError somebody else's message, and the actor is no moderator */
  async delete(actor: WritingActor, chatId: number): Promise<void> {
    const { channel: chat, number } = await this.find(actor.principal, chatId);
    const standing = { asVisitor: true, ...moderation(actor.principal, chat) } as const;
    const command = { chat, origin: actor.origin, target: { number }, ...standing };
    await placeInLog(this.log, actor, { type: 'delete', ...command }).catch(failedTouch);
  }

  async reactions({ principal }: Actor, chatId: number): Promise<Reactions> {
    const found = await this.messages.find(chatId);
    if (!found) throw unknownMessage();
    this.finder.readable(principal, found.chat.channelId, CHAT_ID);
    return this.messages.reactions(found.chat.channelId, found.number);
  }

  /** @throws ConflictError the message has as many kinds of reactions as one may have */
  async react(actor: WritingActor, request: ChatReactionRequest): Promise<Reactions> {
    const { channel, number } = await this.find(actor.principal, request.chatId);
    await this.place(actor, request, { channel, number });
    return this.messages.reactions(channel.id, number);
  }

  /** The same for who isn't told by whom the reactions are. */
  async reactOnly(actor: WritingActor, request: ChatReactionRequest): Promise<AnswerOf<'chat_reaction'>> {
    const { reactionsJson } = await this.place(actor, request, await this.find(actor.principal, request.chatId));
    return { reactions: JSON.parse(reactionsJson) as Record<string, number> };
  }

  private place(actor: WritingActor, request: ChatReactionRequest, { channel, number }: Place): Promise<Reacted> {
    const { reaction, adding } = request;
    const command = { chat: channel, origin: actor.origin, number, reaction, adding, asVisitor: true } as const;
    return placeInLog(this.log, actor, { type: 'react', ...command }).catch(failedTouch);
  }

  /** A message to be touched. */
  private async find(principal: Principal, chatId: number): Promise<Place> {
    const found = await this.messages.find(chatId);
    if (!found) throw unknownMessage();
    return { channel: this.finder.touchable(principal, found.chat.channelId, CHAT_ID), number: found.number };
  }

  private requireContent(content: string): void {
    if (content === '') throw BadRequestError.at(CONTENT, 'a chat needs a text');
    requireShort(content, this.config.limits.maxMessageBytes, CONTENT);
  }
}

import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError } from '../../domain/errors.js';
import { readWireMessageId, wireMessageId } from '../../domain/ids.js';
import type { TopicHistoryAnswer, TopicHistoryRequest } from '../../domain/payloads.js';
import { TopicHistory } from '../../log/topic-history.js';
import { type Anchors, ChatHistoryRepository, type ReaderPlace } from './chat-history.repository.js';
import { ChatTopics } from '../chats/chat-topics.js';
import { TopicRights } from './topic-rights.js';

const DEFAULT_LIMIT = 50;

/** Messages are numbered from 1. */
const NO_MESSAGE = 0;

/** Reads back what was sent on a topic: a chat's from its log, any other's from what is kept of it. */
@Injectable()
export class TopicHistoryService {
  constructor(
    private readonly rights: TopicRights,
    private readonly chatTopics: ChatTopics,
    private readonly history: TopicHistory,
    private readonly chatHistory: ChatHistoryRepository,
  ) {}

  /**
   * Oldest first. The newest, or the newest before `before`; with `after` or `since` alone, the oldest from there on.
   *
   * @throws ForbiddenError the topic is not the reader's to subscribe to
   * @throws NotFoundError `before` or `after` names no message of the topic that is kept
   */
  async page(actor: Actor, request: TopicHistoryRequest): Promise<TopicHistoryAnswer> {
    const { topic } = request;
    await this.rights.requireSubscribe(actor.principal, [topic], () => 'payload.topic');
    const reader = actor.principal.userId;
    const chat = await this.chatTopics.chatOf(reader, topic);
    // To who is not in a group its topic looks like one that nobody uses: nothing was ever kept of it.
    return (chat && (await this.ofChat(reader, chat, request))) ?? this.ofTopic(request);
  }

  private async ofTopic(request: TopicHistoryRequest): Promise<TopicHistoryAnswer> {
    const { topic, limit = DEFAULT_LIMIT, before, after, since } = request;
    const page = await this.history.page({ topic, limit, before, after, since });
    if (!page) throw unknownMessage(before === undefined ? 'payload.after' : 'payload.before');
    return { topic, ...page };
  }

  /** `undefined` where the reader is not in the group, or the channel was deleted. */
  private async ofChat(
    reader: string,
    chat: ChatAddress,
    { topic, limit = DEFAULT_LIMIT, before, after, since }: TopicHistoryRequest,
  ): Promise<TopicHistoryAnswer | undefined> {
    const anchors = { before: messageOf(chat, before), after: messageOf(chat, after), since };
    const place = await this.placeIn(chat, reader, anchors);
    if (!place) return undefined;
    if (before !== undefined && place.before === null) throw unknownMessage('payload.before');
    if (after !== undefined && place.after === null) throw unknownMessage('payload.after');
    const { messages, hasMore } = await this.chatHistory.page(chat.id, {
      above: Math.max(place.joined, place.after ?? 0, place.since),
      below: place.before ?? Number.MAX_SAFE_INTEGER,
      first: before === undefined && (after !== undefined || since !== undefined) ? 'oldest' : 'newest',
      limit,
    });
    const named = messages.map(({ id, ...message }) => ({ id: wireMessageId(chat, id), topic, ...message }));
    return { topic, messages: named, hasMore };
  }

  private placeIn(chat: ChatAddress, reader: string, anchors: Anchors): Promise<ReaderPlace | undefined> {
    if (chat.kind === 'channel') return this.chatHistory.placeOfVisitor(chat.id, anchors);
    return this.chatHistory.placeOf(chat.id, reader, anchors);
  }
}

/** The message's number among all messages; one that nobody has for an id that is none of a message in this chat. */
function messageOf(chat: ChatAddress, wireId: string | undefined): number | undefined {
  if (wireId === undefined) return undefined;
  const id = readWireMessageId(wireId);
  return id !== undefined && wireMessageId(chat, id) === wireId ? id : NO_MESSAGE;
}

function unknownMessage(field: string): NotFoundError {
  return new NotFoundError('unknown message', { field });
}

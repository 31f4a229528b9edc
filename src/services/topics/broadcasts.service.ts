import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import type { Actor, Caller } from '../../domain/caller.js';
import type { BroadcastAnswer, BroadcastRequest } from '../../domain/payloads.js';
import { isOpaque } from '../chats/payload-content.js';
import { requireShort } from '../chats/text-size.js';
import { isJsonObject } from '../dto/attachments.js';
import { ChatBroadcaster } from './chat-broadcaster.js';
import { ChatTopics } from '../chats/chat-topics.js';
import { TopicBroadcaster } from './topic-broadcaster.js';
import { TopicRights } from './topic-rights.js';

/** Who publishes: the connection's next frame for the topic may follow as soon as this one has its place. */
export type Publisher = Actor & Pick<Caller, 'once' | 'placed'>;

/** Takes what clients publish on topics, whether or not a topic is a chat's. */
@Injectable()
export class BroadcastsService {
  constructor(
    private readonly rights: TopicRights,
    private readonly chatTopics: ChatTopics,
    private readonly toTopic: TopicBroadcaster,
    private readonly toChat: ChatBroadcaster,
    private readonly config: Config,
  ) {}

  /**
   * Where no look-up is needed the message has its place by the time this returns its promise.
   *
   * @throws ForbiddenError the topic is not the publisher's to publish on
   * @throws TooLargeError the payload's text is over `MAX_MESSAGE_BYTES`
   * @throws UnavailableError the message was perhaps pushed, and is not kept
   */
  async broadcast(publisher: Publisher, request: BroadcastRequest): Promise<BroadcastAnswer> {
    const { topic } = request;
    this.rights.requirePublish(publisher.principal, topic);
    requireShort(textOf(request), this.config.limits.maxMessageBytes, 'payload.payload.message');
    const broadcaster = this.chatTopics.isOfChat(topic) ? this.toChat : this.toTopic;
    return publisher.once(topic, () => broadcaster.broadcast(publisher, request));
  }
}

function textOf({ payload, metadata = {} }: BroadcastRequest): string | undefined {
  if (isOpaque(metadata) || !isJsonObject(payload)) return undefined;
  return typeof payload.message === 'string' ? payload.message : undefined;
}

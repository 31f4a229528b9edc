import { Injectable } from '@nestjs/common';

import { Clock } from '../../domain/clock.js';
import { BadRequestError, NotFoundError } from '../../domain/errors.js';
import { isPublicChatId } from '../../domain/ids.js';
import type { CustomAnswer, CustomRequest } from '../../domain/payloads.js';
import { customType, Distribution, type HandedTo, rawMetadata, rawPayload } from '../../domain/topics.js';
import type { Eventually } from '../chats/chat-directory.js';
import type { Publisher } from './broadcasts.service.js';
import { ChatTopics } from '../chats/chat-topics.js';
import { MessageIds } from '../chats/message-ids.js';
import { TopicRights } from './topic-rights.js';

const TARGET_USER = 'payload.target_user';

interface Passing {
  readonly messageId: string;
  /** One for each connection. */
  readonly handed: Promise<readonly string[]>;
}

/** Hands on frames of types that are the clients' own, to whoever is connected. Nothing of them is kept. */
@Injectable()
export class CustomService {
  constructor(
    private readonly rights: TopicRights,
    private readonly chatTopics: ChatTopics,
    private readonly distribution: Distribution,
    private readonly ids: MessageIds,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws NotFoundError it says of nobody whom it is for, or the user that it is for has no connection that shows it
   * @throws ForbiddenError the topic is not the publisher's to publish on
   */
  async hand(publisher: Publisher, request: CustomRequest): Promise<CustomAnswer> {
    const { [customType]: type = '', topic, target_user: targetUser } = request;
    if (topic !== undefined && targetUser !== undefined) {
      throw BadRequestError.at(TARGET_USER, 'topic and target_user exclude each other');
    }
    // No topic holds a space, so these targets are nobody else's.
    if (topic !== undefined) {
      this.rights.requirePublish(publisher.principal, topic);
      return publisher.once(`${type} ${topic}`, () => this.toTopic(publisher, request, topic));
    }
    if (targetUser === undefined) throw new NotFoundError(`nobody handles ${type}`);
    if (isPublicChatId(targetUser)) throw new NotFoundError('unknown user', { field: TARGET_USER });
    return publisher.once(`${type} user ${targetUser}`, () => this.toUser(publisher, request, targetUser));
  }

  private async toTopic(publisher: Publisher, request: CustomRequest, topic: string): Promise<CustomAnswer> {
    const found = this.addresseesOf(publisher.principal.userId, topic);
    const to = found instanceof Promise ? await found : found;
    if (!to) return { messageId: this.ids.next('broadcast'), recipients: 0 };
    const { messageId, handed } = this.pass(publisher, request, to);
    return { messageId, recipients: (await handed).length };
  }

  private async toUser(publisher: Publisher, request: CustomRequest, userId: string): Promise<CustomAnswer> {
    const { messageId, handed } = this.pass(publisher, request, { userId });
    const deliveredTo = await handed;
    if (deliveredTo.length > 0) return { messageId, deliveredTo };
    throw new NotFoundError(`User ${userId} not found or not connected`, { queued: false });
  }

  /** Known at once for a topic that is no chat's. `undefined`: it is a group's, and the publisher is not in it. */
  private addresseesOf(userId: string, topic: string): Eventually<HandedTo | undefined> {
    if (!this.chatTopics.isOfChat(topic)) return { topic };
    return this.chatTopics.chatOfMember(userId, topic).then((chat) => chat && { topic, chat });
  }

  private pass(publisher: Publisher, request: CustomRequest, to: HandedTo): Passing {
    const { [customType]: type = '', [rawPayload]: dataJson = JSON.stringify(request) } = request;
    const id = this.ids.next('topic' in to ? 'broadcast' : 'dm');
    const handed = this.distribution.hand({
      id,
      sender: publisher.principal.userId,
      at: this.clock.now(),
      to,
      content: { kind: 'custom', type, dataJson, metadataJson: request[rawMetadata] },
    });
    publisher.placed();
    return { messageId: id, handed };
  }
}

import { Injectable } from '@nestjs/common';

import { BadRequestError, ForbiddenError, NotFoundError } from '../../domain/errors.js';
import { isPublicChatId } from '../../domain/ids.js';
import type { BinaryRequest } from '../../domain/payloads.js';
import type { Principal } from '../../domain/principal.js';
import { mayUse } from '../../domain/topic-permissions.js';
import type { Eventually } from '../chats/chat-directory.js';
import { ChatTopics } from '../chats/chat-topics.js';
import type { Route } from './route.js';

const TOPIC = 'payload.topic';
const TARGET_USER = 'payload.targetUser';

/** Finds out where a frame goes. What its line names counts, whatever the kind. */
@Injectable()
export class BinaryRouter {
  constructor(private readonly chats: ChatTopics) {}

  /**
   * At once where that needs no look-up, so that frames of a topic keep their order.
   *
   * @throws BadRequestError there is a user beside the topic
   * @throws ForbiddenError the claim does not let the sender publish there
   * @throws NotFoundError the id of a group stands for a user
   */
  routeOf(principal: Principal, { topic, targetUser }: BinaryRequest): Eventually<Route> {
    if (topic !== undefined && targetUser !== undefined) {
      throw BadRequestError.at(TARGET_USER, 'a frame goes to a topic or to a user, not to both');
    }
    if (targetUser !== undefined) return toUser(targetUser);
    if (topic === undefined) return { to: 'nobody' };
    if (!mayUse(principal, 'publish', topic)) throw new ForbiddenError('not allowed to publish here', { field: TOPIC });
    return this.chats.isOfChat(topic) ? this.toChat(principal.userId, topic) : { to: 'topic', topic };
  }

  private async toChat(userId: string, topic: string): Promise<Route> {
    const chat = await this.chats.chatOfMember(userId, topic);
    return chat ? { to: 'chat', topic, chat } : { to: 'unused', topic };
  }
}

function toUser(userId: string): Route {
  if (isPublicChatId(userId)) throw new NotFoundError('unknown user', { field: TARGET_USER });
  return { to: 'user', userId };
}

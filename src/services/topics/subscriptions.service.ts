import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import type { Actor, Caller } from '../../domain/caller.js';
import { BadRequestError } from '../../domain/errors.js';
import type { SubscribeAnswer, SubscribeRequest } from '../../domain/payloads.js';
import { SessionStore } from '../../log/session-store.js';
import { TopicRights } from './topic-rights.js';

/** Who has subscriptions to change. */
export type Subscriber = Actor & Pick<Caller, 'subscriptions'>;

/** What a connection listens to. One request is handled at a time, and nothing else of the connection meanwhile. */
@Injectable()
export class SubscriptionsService {
  constructor(
    private readonly rights: TopicRights,
    private readonly sessions: SessionStore,
    private readonly config: Config,
  ) {}

  /**
   * All or none: where the request fails nothing has changed.
   *
   * @throws ForbiddenError at the first topic that is not allowed
   * @throws BadRequestError over `MAX_SUBSCRIPTIONS`; who may not have them at all is told that instead
   */
  async subscribe({ principal, subscriptions }: Subscriber, { topics }: SubscribeRequest): Promise<SubscribeAnswer> {
    await this.rights.requireSubscribe(principal, topics, (index) => `payload.topics.${index}`);
    const added = [...new Set(topics)].filter((topic) => !subscriptions.has(topic));
    const { maxSubscriptions } = this.config.limits;
    if (subscriptions.size + added.length > maxSubscriptions) {
      throw BadRequestError.at('payload.topics', `a connection has at most ${maxSubscriptions} subscriptions`);
    }
    const { session } = subscriptions;
    if (session && added.length > 0) await this.sessions.subscribe(session.sessionId, added);
    subscriptions.add(added);
    return { topics, activeSubscriptions: subscriptions.size };
  }

  /** What is not subscribed to is passed over. */
  async unsubscribe({ subscriptions }: Subscriber, { topics }: SubscribeRequest): Promise<SubscribeAnswer> {
    const removed = [...new Set(topics)].filter((topic) => subscriptions.has(topic));
    const { session } = subscriptions;
    if (session && removed.length > 0) await this.sessions.unsubscribe(session.sessionId, removed);
    subscriptions.remove(removed);
    return { topics, activeSubscriptions: subscriptions.size };
  }
}

import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import type { Actor, Caller } from '../../domain/caller.js';
import { BadRequestError } from '../../domain/errors.js';
import type { SubscribeAnswer, SubscribeRequest } from '../../domain/payloads.js';
import { Distribution, type Subscriptions } from '../../domain/topics.js';
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
    private readonly distribution: Distribution,
    private readonly config: Config,
  ) {}

  /**
   * All or none: where the request fails nothing has changed.
   *
   * @throws ForbiddenError at the first topic that is not allowed
   * @throws BadRequestError over `MAX_SUBSCRIPTIONS`; who may not have them at all is told that instead
   * @throws UnavailableError the database is away
   */
  async subscribe(subscriber: Subscriber, { topics }: SubscribeRequest): Promise<SubscribeAnswer> {
    const { principal, subscriptions } = subscriber;
    await this.rights.requireSubscribe(principal, topics, (index) => `payload.topics.${index}`);
    const added = [...new Set(topics)].filter((topic) => !subscriptions.has(topic));
    const { maxSubscriptions } = this.config.limits;
    if (subscriptions.size + added.length > maxSubscriptions) {
      throw BadRequestError.at('payload.topics', `a connection has at most ${maxSubscriptions} subscriptions`);
    }
    if (added.length > 0) await this.add(subscriber, added);
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

  /** Kept, in effect, and with all channels among them followed. */
  private async add({ subscriptions, origin }: Subscriber, patterns: readonly string[]): Promise<void> {
    const { session } = subscriptions;
    if (session) await this.sessions.subscribe(session.sessionId, patterns);
    subscriptions.add(patterns);
    if (origin.connectionId === undefined) return;
    try {
      await this.distribution.follow(origin.connectionId, patterns);
    } catch (error) {
      await this.takeBack(subscriptions, patterns);
      throw error;
    }
  }

  /** Where this fails too, a session has them on its return: as if its request had succeeded and the answer were lost. */
  private async takeBack(subscriptions: Subscriptions, patterns: readonly string[]): Promise<void> {
    subscriptions.remove(patterns);
    const { session } = subscriptions;
    if (session) await this.sessions.unsubscribe(session.sessionId, patterns);
  }
}

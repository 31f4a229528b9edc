import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import type { ChatAddress } from '../../domain/chat.js';
import { Distribution, type HandedMessage, type TopicMessage } from '../../domain/topics.js';
import type { Bus, SubscribersQuestion } from '../bus/bus.js';
import { EVERY_SERVER, userSubject } from '../bus/subjects.js';
import { FrameOnce } from '../frame-once.js';
import type { Hub } from '../hub.js';
import type { TopicFeed } from './topic-feed.js';
import type { TopicHub } from './topic-hub.js';

/** Distribution over the bus: all servers are asked to hand it to theirs, this one too. */
export class TopicDistribution extends Distribution implements OnModuleInit, OnApplicationShutdown {
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly hub: Hub,
    private readonly topics: TopicHub,
  ) {
    super();
  }

  onModuleInit(): void {
    const { bus } = this;
    const subscription = bus.subscribe(EVERY_SERVER);
    this.endings = [
      () => {
        subscription.end();
      },
      bus.answer('publish', (message) => this.topics.deliver(message)),
      bus.answer('hand', (message) => this.handHere(message)),
      bus.answer('connections', (userId) => this.connectionsHere(userId)),
      bus.answer('subscribers', (question) => this.countHere(question)),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  async publish(message: TopicMessage): Promise<number> {
    return sum(await this.bus.ask([EVERY_SERVER], 'publish', message));
  }

  async hand(message: HandedMessage): Promise<readonly string[]> {
    const subject = 'userId' in message.to ? userSubject(message.to.userId) : EVERY_SERVER;
    return (await this.bus.ask([subject], 'hand', message)).flat();
  }

  async connectionsOf(userId: string): Promise<readonly string[]> {
    return (await this.bus.ask([userSubject(userId)], 'connections', userId)).flat();
  }

  async subscribersOf(topic: string, chat: ChatAddress, actingConnectionId?: string): Promise<number> {
    return sum(await this.bus.ask([EVERY_SERVER], 'subscribers', { topic, chat, actingConnectionId }));
  }

  private handHere(message: HandedMessage): readonly string[] {
    const frame = new FrameOnce((dialect) => dialect.encodeHanded(message));
    return this.addresseesOf(message)
      .filter((feed) => feed.hand(frame))
      .map(({ userId }) => userId);
  }

  private addresseesOf({ to }: HandedMessage): readonly TopicFeed[] {
    if ('userId' in to) return this.connectedAs(to.userId);
    return to.chat ? this.membersAmong(to.topic, to.chat) : this.topics.subscribersOf(to.topic);
  }

  private connectedAs(userId: string): readonly TopicFeed[] {
    return this.hub.feedsOf(userId).flatMap(({ outlet }) => this.topics.feedById(outlet.connectionId) ?? []);
  }

  private connectionsHere(userId: string): readonly string[] {
    return this.hub
      .feedsOf(userId)
      .filter(({ outlet, dialect }) => dialect.showsDialogs && !outlet.closed)
      .map(({ outlet }) => outlet.connectionId);
  }

  private countHere({ topic, chat, actingConnectionId }: SubscribersQuestion): number {
    const isCounted = ({ outlet, dialect }: TopicFeed) =>
      !outlet.closed && (outlet.connectionId !== actingConnectionId || dialect.showsSubscribedChatsOnly);
    return this.membersAmong(topic, chat).filter(isCounted).length;
  }

  /** Those of its members' connections that are subscribed to a chat's topic. */
  private membersAmong(topic: string, { id }: ChatAddress): readonly TopicFeed[] {
    const seats = this.hub.groups.get(id)?.seats;
    return seats ? this.topics.subscribersOf(topic).filter(({ userId }) => seats.has(userId)) : [];
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}

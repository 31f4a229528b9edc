import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import type { Dialect } from '../../dialects/dialect.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { Outlet } from '../../domain/outlet.js';
import { type ChatPublication, Distribution, type HandedMessage, type TopicMessage } from '../../domain/topics.js';
import type { Bus } from '../bus/bus.js';
import { EVERY_SERVER, userSubject } from '../bus/subjects.js';
import { matchesChannel } from '../channel-topics.js';
import type { FeedServices } from '../feed-services.js';
import { FrameOnce } from '../frame-once.js';
import type { Hub } from '../hub.js';
import { showsChat } from '../shown-chats.js';
import { sum } from '../sum.js';
import type { TopicFeed } from './topic-feed.js';
import type { TopicHub } from './topic-hub.js';

/** A connection as far as it is counted. */
interface Recipient {
  readonly outlet: Outlet;
  readonly dialect: Dialect;
}

/** Distribution over the bus: all servers are asked to hand it to theirs, this one too. */
export class TopicDistribution extends Distribution implements OnModuleInit, OnApplicationShutdown {
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly hub: Hub,
    private readonly topics: TopicHub,
    private readonly channels: Pick<FeedServices['channels'], 'all'>,
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

  async subscribersOf(publication: ChatPublication): Promise<number> {
    return sum(await this.bus.ask([EVERY_SERVER], 'subscribers', publication));
  }

  /** A channel that one of the other subscriptions matches is followed already, and must not begin anew. */
  async follow(connectionId: string, patterns: readonly string[]): Promise<void> {
    const feed = this.hub.feedById(connectionId);
    if (feed?.dialect.followsChannels !== 'subscribed') return;
    const { subscriptions } = feed.outlet;
    const added = new Set(patterns);
    const others = { has: (pattern: string) => !added.has(pattern) && subscriptions.has(pattern) };
    const begun = this.channels
      .all()
      .filter(({ name }) => matchesChannel(added, name) && !matchesChannel(others, name));
    if (begun.length > 0) await feed.follow(begun.map(({ id }) => id));
  }

  private handHere(message: HandedMessage): readonly string[] {
    const frame = new FrameOnce((dialect) => dialect.encodeHanded(message));
    return this.addresseesOf(message)
      .filter((feed) => feed.hand(frame))
      .map(({ userId }) => userId);
  }

  private addresseesOf({ to }: HandedMessage): readonly TopicFeed[] {
    if ('userId' in to) return this.connectedAs(to.userId);
    const isMembersOnly = to.chat && to.chat.kind !== 'channel';
    return isMembersOnly ? this.membersAmong(to.topic, to.chat) : this.topics.subscribersOf(to.topic);
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

  private countHere({ topic, chat, actingConnectionId, isTextless }: ChatPublication): number {
    const recipients = chat.kind === 'channel' ? this.thoseToldOf(chat) : this.membersAmong(topic, chat);
    let count = 0;
    for (const recipient of recipients) {
      const { outlet, dialect } = recipient;
      if (outlet.closed || (isTextless && dialect.showsTextsOnly)) continue;
      if (outlet.connectionId !== actingConnectionId || comesBackTo(recipient)) count += 1;
    }
    return count;
  }

  /** Of its followers it is known that they are shown it. */
  private *thoseToldOf(channel: ChatAddress): Generator<Recipient> {
    for (const feed of this.hub.feedsIn(channel)) {
      if (feed.isFollower || showsChat(feed.dialect, feed.outlet, channel)) yield feed;
    }
  }

  /** Those of its members' connections that are subscribed to a chat's topic. */
  private membersAmong(topic: string, { id }: ChatAddress): readonly TopicFeed[] {
    const seats = this.hub.groups.get(id)?.seats;
    return seats ? this.topics.subscribersOf(topic).filter(({ userId }) => seats.has(userId)) : [];
  }
}

/** Whether a message that the connection has sent itself is handed to it. */
function comesBackTo({ dialect }: Recipient): boolean {
  return dialect.showsSubscribedChatsOnly || dialect.bringsBackOwn;
}

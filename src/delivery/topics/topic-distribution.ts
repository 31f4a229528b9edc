import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import type { Dialect } from '../../dialects/dialect.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { Outlet } from '../../domain/outlet.js';
import { type ChatPublication, Distribution, type HandedMessage, type TopicMessage } from '../../domain/topics.js';
import type { Bus } from '../bus/bus.js';
import { subjectsOf, topicSubject, userSubject } from '../bus/subjects.js';
import { matchesChannel } from '../channel-topics.js';
import type { Feed } from '../feed.js';
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

/** Distribution over the bus: the servers that have connections for it are asked to hand it to theirs, this one too. */
export class TopicDistribution extends Distribution implements OnModuleInit, OnApplicationShutdown {
  private endings: (() => void)[] = [];
  /** This server's own: it is asked within the call. */
  private publishing?: TopicMessage;

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
    this.endings = [
      bus.answer('publish', (message) => this.topics.deliver(message, message === this.publishing)),
      bus.answer('hand', (message) => this.handHere(message)),
      bus.answer('connections', (userId) => this.connectionsHere(userId)),
      bus.answer('subscribers', (question) => this.countHere(question)),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  async publish(message: TopicMessage): Promise<number> {
    this.publishing = message;
    const handed = this.bus.ask([topicSubject(message.topic)], 'publish', message);
    this.publishing = undefined;
    this.topics.published(message);
    return sum(await handed);
  }

  async hand(message: HandedMessage): Promise<readonly string[]> {
    const { to } = message;
    const subject = 'userId' in to ? userSubject(to.userId) : topicSubject(to.topic);
    return (await this.bus.ask([subject], 'hand', message)).flat();
  }

  async connectionsOf(userId: string): Promise<readonly string[]> {
    return (await this.bus.ask([userSubject(userId)], 'connections', userId)).flat();
  }

  async subscribersOf(publication: ChatPublication): Promise<number> {
    return sum(await this.bus.ask(subjectsOf(publication.chat), 'subscribers', publication));
  }

  async follow(connectionId: string, patterns: readonly string[]): Promise<void> {
    await Promise.all([
      this.topics.begin(connectionId, patterns),
      this.followChannels(this.hub.feedById(connectionId), patterns),
    ]);
  }

  /** A channel that one of the other subscriptions matches is followed already, and must not begin anew. */
  private async followChannels(feed: Feed | undefined, patterns: readonly string[]): Promise<void> {
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
      .map(({ userId, outlet }) => ('userId' in message.to ? outlet.connectionId : userId));
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

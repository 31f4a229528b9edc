import type { Change } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import type { Outlet } from '../domain/outlet.js';
import { topicOf } from '../domain/topic-patterns.js';
import { ChannelCourses, isForFollowers, type NextInChannel } from './channel-courses.js';
import type { ChannelInterest } from './channel-interest.js';
import { EncodeOnce } from './encode-once.js';
import type { Feed } from './feed.js';
import type { FeedServices } from './feed-services.js';
import { mayFollow } from './shown-chats.js';

/** Who is subscribed to what on this server. */
export interface TopicSubscribers {
  /** Each once. */
  subscribersOf(topic: string): Iterable<{ readonly outlet: Pick<Outlet, 'connectionId'> }>;
}

/**
 * Who is told of channels here without having joined them: the connections of a dialect that shows all channels, where their tokens
 * allow it, and those that are subscribed to a channel's topic.
 */
export class Followers {
  private readonly ofAll = new Set<Feed>();
  /** Those that follow what they are subscribed to, by connection. */
  private readonly bySubscription = new Map<string, Feed>();
  private readonly courses: ChannelCourses;

  constructor(
    private readonly interest: ChannelInterest,
    private readonly topics: TopicSubscribers,
    private readonly channels: FeedServices['channels'],
  ) {
    this.courses = new ChannelCourses(channels);
  }

  /** A connection has opened. In a dialect whose connections follow nothing that is all. */
  add(feed: Feed): void {
    if (!feed.isFollower) return;
    if (feed.dialect.followsChannels === 'all') this.ofAll.add(feed);
    else this.bySubscription.set(feed.outlet.connectionId, feed);
    this.interest.begin();
  }

  remove(feed: Feed): void {
    this.ofAll.delete(feed);
    const { connectionId } = feed.outlet;
    if (this.bySubscription.get(connectionId) === feed) this.bySubscription.delete(connectionId);
    if (this.ofAll.size === 0 && this.bySubscription.size === 0) this.interest.end();
  }

  /** Those of one channel, by the name under which it was last told of. */
  of(chat: ChatAddress): readonly Feed[] {
    return this.ofNamed({ ...chat, name: this.courses.nameOf({ chat }) });
  }

  /** Resolves once all that happens in channels from then on comes in. */
  ready(): Promise<void> {
    return this.interest.ready();
  }

  /** Since when, in the count of arrivals, this server has heard of the channel whatever is in it. */
  since(chatId: number): number | undefined {
    return this.interest.since(chatId);
  }

  /** Whether the directory has heard of the channel. */
  know({ id }: ChatAddress): boolean {
    return this.channels.byId(id) !== undefined;
  }

  /** Hears of channels that are new, too. */
  meet(): void {
    this.interest.meet();
  }

  /** Hears no more of channels that are gone. */
  part(): void {
    this.interest.part();
  }

  /** Devices that are connected here and would have to resume. */
  deviceIds(): readonly number[] {
    return Array.from(this.ofAll, ({ deviceId }) => deviceId ?? []).flat();
  }

  /** A channel's next change. @param isFirst nothing is known of what came before it */
  next<C extends Change>(change: C, isFirst: boolean): NextInChannel<C> {
    return this.courses.take(change, isFirst);
  }

  /** Something of the channel did not come in. */
  lost(chatId: number): void {
    this.courses.lost(chatId);
  }

  /** Pushes a change to them, unless it is not for followers. */
  tell({ change, after, nameBefore }: NextInChannel): void {
    if (!isForFollowers(change)) return;
    if (nameBefore !== undefined && nameBefore !== change.chat.name) this.beginAnew(change.chat, nameBefore);
    const encoded = new EncodeOnce(change);
    for (const feed of this.ofNamed(change.chat)) feed.offerFollowed(change, encoded, after);
  }

  /** To who is subscribed to its new name only, the channel is new: what was sent under another name is not for them. */
  private beginAnew(chat: ChatAddress, nameBefore: string): void {
    const topicBefore = topicOf({ ...chat, name: nameBefore });
    for (const feed of this.subscribersOf(chat)) {
      if (!feed.outlet.subscriptions.matches(topicBefore)) feed.forget(chat.id);
    }
  }

  private ofNamed(chat: ChatAddress): readonly Feed[] {
    const feeds = this.subscribersOf(chat);
    for (const feed of this.ofAll) if (mayFollow(feed.outlet.principal, chat)) feeds.push(feed);
    return feeds;
  }

  private subscribersOf(chat: ChatAddress): Feed[] {
    const feeds: Feed[] = [];
    if (this.bySubscription.size === 0) return feeds;
    for (const { outlet } of this.topics.subscribersOf(topicOf(chat))) {
      const feed = this.bySubscription.get(outlet.connectionId);
      if (feed) feeds.push(feed);
    }
    return feeds;
  }
}

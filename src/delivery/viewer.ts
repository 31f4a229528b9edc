import type { ChatAddress } from '../domain/chat.js';
import type { Subscription } from './bus/bus.js';
import type { Feed } from './feed.js';

/** A user who is connected to this server, by one or more connections. */
export class Viewer {
  readonly feeds: Feed[] = [];
  /** Numbers of the groups and channels in which the viewer has a seat. */
  readonly groups = new Set<number>();
  private readonly chatFeeds: Feed[] = [];
  private readonly joinedFeeds: Feed[] = [];

  /**
   * @param subscription the interest in what concerns the user
   * @param since when this server began to hear of the user's dialogs, in the hub's count of arrivals
   */
  constructor(
    readonly userId: string,
    readonly subscription: Subscription,
    readonly since: number,
  ) {}

  get isGone(): boolean {
    return this.feeds.length === 0;
  }

  /** Those that are told of the chat because the viewer is in it. Of channels others are told whether or not it is. */
  feedsIn({ kind }: ChatAddress): readonly Feed[] {
    return kind === 'channel' ? this.joinedFeeds : this.chatFeeds;
  }

  add(feed: Feed): void {
    this.feeds.push(feed);
    if (feed.dialect.showsDialogs) this.chatFeeds.push(feed);
    if (feed.dialect.followsChannels === 'joined') this.joinedFeeds.push(feed);
  }

  /** @returns false where it was not among them */
  remove(feed: Feed): boolean {
    removeFrom(this.chatFeeds, feed);
    removeFrom(this.joinedFeeds, feed);
    return removeFrom(this.feeds, feed);
  }
}

function removeFrom(feeds: Feed[], feed: Feed): boolean {
  const index = feeds.indexOf(feed);
  if (index >= 0) feeds.splice(index, 1);
  return index >= 0;
}

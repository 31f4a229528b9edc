import type { Subscription } from './bus/bus.js';
import type { Feed } from './feed.js';

/** A user who is connected to this server, by one or more connections. */
export class Viewer {
  readonly feeds: Feed[] = [];
  /** Numbers of the groups and channels in which the viewer has a seat. */
  readonly groups = new Set<number>();

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

  add(feed: Feed): void {
    this.feeds.push(feed);
  }

  /** @returns false where it was not among them */
  remove(feed: Feed): boolean {
    const index = this.feeds.indexOf(feed);
    if (index >= 0) this.feeds.splice(index, 1);
    return index >= 0;
  }
}

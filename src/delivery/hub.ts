import { setTimeout as wait } from 'node:timers/promises';

import type { Dialect } from '../dialects/dialect.js';
import type { Origin } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { CloseReasons } from '../domain/close-reasons.js';
import { UnavailableError } from '../domain/errors.js';
import type { EventsTold } from '../domain/events-told.js';
import type { Outlet } from '../domain/outlet.js';
import { Absences } from './absences.js';
import type { Arrivals } from './arrivals.js';
import type { Bus } from './bus/bus.js';
import { userSubject } from './bus/subjects.js';
import { isIntroducedLater } from './device-order.js';
import type { FeedServices } from './feed-services.js';
import { Feed } from './feed.js';
import type { Followers } from './followers.js';
import type { Groups } from './groups.js';
import { introduce, type Arrival, type Introduction } from './introduction.js';
import { Viewer } from './viewer.js';

const NOBODY: readonly Feed[] = [];
/** How long other servers are asked for what a device has received there, as long as one has more to come, ms. */
const ASKED_FOR_MS = 1_000;
/** Between the first two times; twice as long each time. */
const FIRST_PAUSE_MS = 20;

/** Who is connected to this server. What the server hears of follows from it. */
export class Hub implements EventsTold {
  private readonly viewers = new Map<string, Viewer>();
  private readonly connections = new Map<string, Feed>();
  private readonly byDialect = new Map<Dialect, Set<Feed>>();
  /** By user: connections that have closed and of which something is still being done. */
  private readonly departures = new Map<string, Promise<void>>();
  /** Connections that have just opened and wait for what other servers know of their devices; and what ends that. */
  private readonly waiting = new Map<Feed, () => void>();
  private readonly absences: Absences;

  constructor(
    private readonly bus: Bus,
    readonly groups: Groups,
    readonly followers: Followers,
    private readonly arrivals: Arrivals,
    private readonly services: FeedServices,
  ) {
    this.absences = new Absences(services.devices, services.clock);
  }

  /**
   * A device is about to connect: its user exists, by the name of its token, before anybody sees it connected.
   * @param arrival the name of what has a cursor of its own: a device's, or `session ` and a session's
   * @returns the device's number, or that the token was revoked or the user banned; undefined while the database is away
   */
  async introduce(arrival: Arrival): Promise<Introduction | undefined> {
    if (!this.bus.isLossless)
      this.bus.publish([userSubject(arrival.userId)], { kind: 'arriving', userId: arrival.userId });
    // Since when the device was away counts.
    await this.absences.settled(arrival.userId);
    try {
      return await introduce(this.services, arrival);
    } catch (error) {
      if (error instanceof UnavailableError) return undefined;
      throw error;
    }
  }

  /**
   * A connection has opened: from now on its feed carries all that concerns its user, first what the device has
   * not had. An older connection of the same named device, or of the same session, is closed.
   * A connection that has left may join anew in another dialect.
   * @param held it is not told anything until its feed is released
   */
  join(outlet: Outlet, dialect: Dialect, { held = false } = {}): Feed {
    const feed = new Feed(outlet, dialect, this.services);
    const viewer = this.viewers.get(feed.userId) ?? this.welcome(feed.userId);
    viewer.add(feed);
    this.followers.add(feed);
    this.connections.set(outlet.connectionId, feed);
    this.speakersOf(dialect).add(feed);
    this.replaceOlder(viewer, feed);
    // What the device did at the end of its last connection must not be news to it on this one.
    const handedOver = this.takeOver(feed, this.departures.get(feed.userId));
    feed.start(() => this.enter(feed, viewer, handedOver), held);
    return feed;
  }

  /** A connection has closed. Once more does nothing. */
  leave(feed: Feed): void {
    const viewer = this.viewers.get(feed.userId);
    if (!viewer?.remove(feed)) return;
    this.waiting.get(feed)?.();
    this.followers.remove(feed);
    this.connections.delete(feed.outlet.connectionId);
    this.speakersOf(feed.dialect).delete(feed);
    this.depart(feed);
    if (!viewer.isGone) return;
    this.viewers.delete(viewer.userId);
    void this.endInterest(viewer, feed);
    this.groups.leave(viewer);
  }

  /** The user's connections to this server, in the order in which they opened. */
  feedsOf(userId: string): readonly Feed[] {
    return this.viewers.get(userId)?.feeds ?? NOBODY;
  }

  connectionById(connectionId: string): Outlet | undefined {
    return this.connections.get(connectionId)?.outlet;
  }

  feedById(connectionId: string): Feed | undefined {
    return this.connections.get(connectionId);
  }

  countIn({ connectionId }: Origin, chatId: number): number {
    return (connectionId === undefined ? undefined : this.feedById(connectionId)?.countIn(chatId)) ?? 0;
  }

  /** Something of a connection of the user that has closed is still being done. */
  isDeparting(userId: string): boolean {
    return this.departures.has(userId);
  }

  /** All connections, by what they speak. */
  get speakers(): ReadonlyMap<Dialect, ReadonlySet<Feed>> {
    return this.byDialect;
  }

  /** All connections. */
  get feeds(): Iterable<Feed> {
    return this.connections.values();
  }

  /** All users with a connection here. */
  get everybody(): Iterable<Viewer> {
    return this.viewers.values();
  }

  /** Users with a connection here. */
  get userCount(): number {
    return this.viewers.size;
  }

  readonly viewer = (userId: string): Viewer | undefined => this.viewers.get(userId);

  /** The connections that may be told of the chat, as far as their tokens and subscriptions allow it. */
  *feedsIn(chat: ChatAddress): Generator<Feed> {
    for (const viewer of this.viewersOf(chat)) yield* viewer.feedsIn(chat);
    if (chat.kind === 'channel') yield* this.followers.of(chat);
  }

  /** Everybody here who is in the chat; a dialog with oneself counts once. */
  *viewersOf(chat: ChatAddress): Generator<Viewer> {
    if (!chat.users) {
      for (const { viewer } of this.groups.get(chat.id)?.seats.values() ?? []) yield viewer;
      return;
    }
    for (const userId of new Set(chat.users)) {
      const viewer = this.viewers.get(userId);
      if (viewer) yield viewer;
    }
  }

  /** Since when, in the count of arrivals, this server has heard all that the bus brings of the chat. */
  heardSince(chat: ChatAddress): number | undefined {
    const beginnings = chat.users
      ? chat.users.map((userId) => this.viewers.get(userId)?.since)
      : [this.groups.get(chat.id)?.since, this.followers.since(chat.id)];
    const since = Math.min(...beginnings.map((beginning) => beginning ?? Infinity));
    return since === Infinity ? undefined : since;
  }

  /** Something that concerns the user did not come in, in whatever chat: its groups are read again, and then what happened in them. */
  recheck(viewer: Viewer): void {
    this.groups.doubt(viewer);
    for (const feed of viewer.feeds) feed.recheckAll();
  }

  /** Something of the chat did not come in. */
  lost({ id }: ChatAddress): void {
    this.groups.lost(id);
    this.followers.lost(id);
  }

  /** Resolves once what the connection has acked is written, or could not be: before it is told to go elsewhere. */
  async written({ deviceId }: Feed): Promise<void> {
    if (deviceId !== undefined) await this.services.cursors.tried(deviceId);
  }

  /** Resolves once what the connections have acked is written, or could not be: for the end of the server. */
  async settled(): Promise<void> {
    await Promise.all(this.departures.values());
    await Promise.all([this.absences.flush(), this.services.cursors.flush()]);
  }

  private welcome(userId: string): Viewer {
    const viewer = new Viewer(userId, this.bus.subscribe(userSubject(userId)), this.arrivals.next());
    this.viewers.set(userId, viewer);
    return viewer;
  }

  private speakersOf(dialect: Dialect): Set<Feed> {
    const speakers = this.byDialect.get(dialect) ?? new Set<Feed>();
    this.byDialect.set(dialect, speakers);
    return speakers;
  }

  private replaceOlder(viewer: Viewer, newer: Feed): void {
    for (const feed of [...viewer.feeds]) {
      if (feed === newer || !isReplacedBy(newer, feed) || isIntroducedLater(feed, newer)) continue;
      this.leave(feed);
      feed.outlet.close(CloseReasons.replaced);
    }
  }

  /** Who goes on at another server asks for what is not written yet: this one listens for as long as there is something. */
  private async endInterest({ userId, subscription }: Viewer, feed: Feed): Promise<void> {
    if (!this.bus.isLossless) {
      await this.departures.get(userId);
      await this.written(feed);
    }
    subscription.end();
  }

  /**
   * What the device has received on other servers and these have yet to write is written here, before it is asked what it has had. A
   * server that takes very long to answer, or to mark as delivered what was confirmed, is not waited for: that comes again. Nor is any for
   * a connection that has closed meanwhile: the next one waits for its end.
   */
  private async takeOver(feed: Feed, departure?: Promise<void>): Promise<void> {
    if (this.bus.isLossless) return departure;
    const closed = new Promise<void>((resolve) => this.waiting.set(feed, resolve));
    await Promise.race([this.askOthers(feed, departure), closed]).finally(() => this.waiting.delete(feed));
  }

  private async askOthers(feed: Feed, departure?: Promise<void>): Promise<void> {
    await departure;
    const { userId, deviceId } = feed;
    if (deviceId === undefined) return;
    const end = performance.now() + ASKED_FOR_MS;
    const question = { userId, deviceId, server: this.bus.serverId };
    for (let pauseMs = FIRST_PAUSE_MS; this.bus.peers.size > 0 && this.waiting.has(feed); pauseMs *= 2) {
      const answers = await this.bus.ask([userSubject(userId)], 'unsavedCursors', question, { isPatient: true });
      for (const { moves } of answers) for (const move of moves) this.services.cursors.moved(move);
      const isMoreToCome = answers.some((answer) => answer.isMoreToCome);
      if (!isMoreToCome || performance.now() + pauseMs > end) return;
      await wait(pauseMs);
    }
  }

  private depart(feed: Feed): void {
    const { userId } = feed;
    const departure = Promise.all([this.departures.get(userId), feed.close()]).then(() => {
      if (feed.deviceId !== undefined) this.absences.begin(userId, feed.deviceId);
      if (this.departures.get(userId) === departure) this.departures.delete(userId);
    });
    this.departures.set(userId, departure);
  }

  private async enter(feed: Feed, viewer: Viewer, handedOver: Promise<unknown>): Promise<void> {
    await handedOver;
    await this.groups.enter(viewer);
    if (feed.isFollower) await this.followers.ready();
  }
}

function isReplacedBy(newer: Feed, older: Feed): boolean {
  const [now, before] = [newer.outlet, older.outlet];
  if (newer.dialect.name !== older.dialect.name) return false;
  if (now.session && now.session.sessionId === before.session?.sessionId) return true;
  return now.device !== '' && now.device === before.device;
}

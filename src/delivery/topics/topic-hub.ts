import { type BeforeApplicationShutdown, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { Dialect } from '../../dialects/dialect.js';
import { CloseReasons } from '../../domain/close-reasons.js';
import type { DomainEvents } from '../../domain/domain-events.js';
import type { Outlet } from '../../domain/outlet.js';
import type { OpenedSession, SessionRef, TopicMessage } from '../../domain/topics.js';
import type { Bus } from '../bus/bus.js';
import { ExpectedSessions } from './expected-sessions.js';
import { HeardPatterns } from './heard-patterns.js';
import { NewestNumber } from './newest-number.js';
import type { PushedMessages } from './pushed-messages.js';
import { TopicFeed, type TopicSurroundings } from './topic-feed.js';
import { TopicNews } from './topic-news.js';
import { TopicPushes } from './topic-pushes.js';
import type { TopicServices } from './topic-services.js';
import type { TopicTrie } from './topic-trie.js';

/** Who is subscribed to what on this server, and what the connections of sessions have received. */
export class TopicHub implements TopicSurroundings, OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly patterns: HeardPatterns<TopicFeed>;
  readonly knowsAll: boolean;
  private readonly logger = new Logger(TopicHub.name);
  private readonly connections = new Map<string, TopicFeed>();
  /** By user and name. */
  private readonly sessions = new Map<string, TopicFeed>();
  private readonly pushes: TopicPushes;
  private readonly expected: ExpectedSessions;
  private readonly news: TopicNews;
  private readonly newest: NewestNumber;
  private stopListening?: () => void;

  constructor(
    readonly services: TopicServices,
    private readonly events: DomainEvents,
    bus: Bus,
  ) {
    this.patterns = new HeardPatterns(bus);
    this.knowsAll = bus.isLossless;
    this.pushes = new TopicPushes(this.trie, services);
    const { sequence, heldBack } = this.pushes;
    this.news = new TopicNews(bus, { events, log: services.log, sequence, heldBack });
    this.expected = new ExpectedSessions(bus, services.clock);
    this.newest = new NewestNumber(services.log);
  }

  get pushed(): PushedMessages {
    return this.pushes.pushed;
  }

  get trie(): TopicTrie<TopicFeed> {
    return this.patterns.trie;
  }

  async onModuleInit(): Promise<void> {
    this.stopListening = this.events.on('principalRenewed', ({ connectionId, principal }) => {
      this.connections.get(connectionId)?.restrictTo(principal);
    });
    this.news.start();
    this.pushed.committedUpTo(await this.services.log.newest());
  }

  /** Nest asks this module after the gateway, whose connections are gone then, and before the database closes. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.services.writer.flush();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopListening?.();
    this.news.stop();
    this.expected.end();
    this.services.writer.stop();
    await this.pushes.close();
  }

  /**
   * Finds a session whose connection is about to open, or begins one. An older connection of it to this server is closed, and what it
   * has received is written first.
   *
   * @throws UnavailableError while the database is away
   */
  async openSession(userId: string, name: string): Promise<OpenedSession> {
    this.replace(this.sessions.get(sessionKey(userId, name)));
    await this.services.writer.flush();
    const session = await this.services.sessions.open(userId, name);
    // What it has received on another server may have yet to be heard of here: it would be sent it again.
    if (this.knowsAll) return session;
    await Promise.all([this.expected.expect(session), this.pushes.sequence.reached(session.position)]);
    return session;
  }

  /** A connection has opened. It is sent nothing before its feed is started. An older one of its session is closed. */
  join(outlet: Outlet, dialect: Dialect, session?: OpenedSession): TopicFeed {
    const feed = new TopicFeed(outlet, dialect, this, session);
    this.connections.set(outlet.connectionId, feed);
    if (!session) return feed;
    this.expected.arrived(session.sessionId);
    const key = sessionKey(feed.userId, session.name);
    this.replace(this.sessions.get(key));
    this.sessions.set(key, feed);
    return feed;
  }

  /** A connection has closed, or goes on in another dialect. Once more does nothing. */
  leave(feed: TopicFeed): void {
    feed.close();
    this.pushes.forget(feed);
    const { connectionId } = feed.outlet;
    if (this.connections.get(connectionId) === feed) this.connections.delete(connectionId);
    if (!feed.session) return;
    const key = sessionKey(feed.userId, feed.session.name);
    if (this.sessions.get(key) === feed) this.sessions.delete(key);
  }

  /** Resolves once whatever is published from then on, on topics that match the connection's new patterns, comes to it. */
  async begin(connectionId: string, patterns: readonly string[]): Promise<void> {
    if (this.knowsAll) return;
    await this.patterns.ready(patterns);
    const since = await this.newestNumber();
    this.connections.get(connectionId)?.begin(patterns, since);
  }

  /**
   * Hands the message to all that are subscribed, encoded once for each dialect.
   *
   * @param isOwn this server publishes it, and loses nothing of its own
   * @returns to how many
   */
  deliver(message: TopicMessage, isOwn = false): number {
    return this.pushes.deliver(message, isOwn);
  }

  /** This server has published it: also where nobody here wanted it then, nobody here has missed it. */
  published(message: TopicMessage): void {
    this.pushes.published(message);
  }

  /** The connections that are subscribed to the topic, each once. */
  subscribersOf(topic: string): readonly TopicFeed[] {
    return this.pushes.subscribersOf(topic);
  }

  feedById(connectionId: string): TopicFeed | undefined {
    return this.connections.get(connectionId);
  }

  /** Of the sessions that have a connection here. */
  sessionIds(): readonly number[] {
    return Array.from(this.sessions.values(), ({ session }) => session?.sessionId ?? []).flat();
  }

  awaitCommit(feed: TopicFeed): void {
    this.pushes.awaitCommit(feed);
  }

  forget({ sessionId }: SessionRef, patterns: readonly string[]): void {
    this.services.sessions.unsubscribe(sessionId, patterns).catch((error: unknown) => {
      // The next connection's token is asked again, so nothing is let in by that.
      this.logger.warn({ err: error, sessionId }, 'the end of subscriptions could not be written');
    });
  }

  /** While the database is away, what is known here. */
  private async newestNumber(): Promise<number> {
    try {
      return Math.max(this.pushed.newest, await this.newest.read());
    } catch {
      return this.pushed.newest;
    }
  }

  private replace(older: TopicFeed | undefined): void {
    if (!older) return;
    this.leave(older);
    older.outlet.close(CloseReasons.replaced);
  }
}

function sessionKey(userId: string, name: string): string {
  // No user id holds U+0000.
  return `${userId}\0${name}`;
}

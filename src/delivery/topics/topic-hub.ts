import { type BeforeApplicationShutdown, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { Dialect } from '../../dialects/dialect.js';
import { CloseReasons } from '../../domain/close-reasons.js';
import type { DomainEvents, TopicsCommitted } from '../../domain/domain-events.js';
import type { Outlet } from '../../domain/outlet.js';
import type { OpenedSession, SessionRef, TopicMessage } from '../../domain/topics.js';
import { FrameOnce } from '../frame-once.js';
import { PushedMessages } from './pushed-messages.js';
import { TopicFeed, type TopicSurroundings } from './topic-feed.js';
import type { TopicServices } from './topic-services.js';
import { TopicTrie } from './topic-trie.js';

/** Who is subscribed to what on this server, and what the connections of sessions have received. */
export class TopicHub implements TopicSurroundings, OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly trie = new TopicTrie<TopicFeed>();
  readonly pushed = new PushedMessages();
  private readonly logger = new Logger(TopicHub.name);
  private readonly connections = new Map<string, TopicFeed>();
  /** By user and name. */
  private readonly sessions = new Map<string, TopicFeed>();
  private readonly awaitingCommit = new Set<TopicFeed>();
  private endings: (() => void)[] = [];

  constructor(
    readonly services: TopicServices,
    private readonly events: DomainEvents,
  ) {}

  async onModuleInit(): Promise<void> {
    this.endings = [
      this.events.on('topicsCommitted', (committed) => {
        this.settle(committed);
      }),
      this.events.on('principalRenewed', ({ connectionId, principal }) => {
        this.connections.get(connectionId)?.restrictTo(principal);
      }),
    ];
    this.pushed.committedUpTo(await this.services.log.newest());
  }

  /** Nest asks this module after the gateway, whose connections are gone then, and before the database closes. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.services.writer.flush();
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
    this.services.writer.stop();
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
    return this.services.sessions.open(userId, name);
  }

  /** A connection has opened. It is sent nothing before its feed is started. An older one of its session is closed. */
  join(outlet: Outlet, dialect: Dialect, session?: OpenedSession): TopicFeed {
    const feed = new TopicFeed(outlet, dialect, this, session);
    this.connections.set(outlet.connectionId, feed);
    if (!session) return feed;
    const key = sessionKey(feed.userId, session.name);
    this.replace(this.sessions.get(key));
    this.sessions.set(key, feed);
    return feed;
  }

  /** A connection has closed, or goes on in another dialect. Once more does nothing. */
  leave(feed: TopicFeed): void {
    feed.close();
    this.awaitingCommit.delete(feed);
    const { connectionId } = feed.outlet;
    if (this.connections.get(connectionId) === feed) this.connections.delete(connectionId);
    if (!feed.session) return;
    const key = sessionKey(feed.userId, feed.session.name);
    if (this.sessions.get(key) === feed) this.sessions.delete(key);
  }

  /** Hands the message to all that are subscribed, encoded once for each dialect. @returns to how many */
  deliver(message: TopicMessage): number {
    const frame = new FrameOnce((dialect) => dialect.encodeTopicMessage(message));
    let recipients = 0;
    this.trie.match(message.topic, (feed) => {
      if (feed.push(frame)) recipients += 1;
    });
    this.pushed.add(message);
    return recipients;
  }

  /** The connections that are subscribed to the topic, each once. */
  subscribersOf(topic: string): readonly TopicFeed[] {
    const feeds: TopicFeed[] = [];
    this.trie.match(topic, (feed) => feeds.push(feed));
    return feeds;
  }

  feedById(connectionId: string): TopicFeed | undefined {
    return this.connections.get(connectionId);
  }

  /** Of the sessions that have a connection here. */
  sessionIds(): readonly number[] {
    return Array.from(this.sessions.values(), ({ session }) => session?.sessionId ?? []).flat();
  }

  awaitCommit(feed: TopicFeed): void {
    this.awaitingCommit.add(feed);
  }

  forget({ sessionId }: SessionRef, patterns: readonly string[]): void {
    this.services.sessions.unsubscribe(sessionId, patterns).catch((error: unknown) => {
      // The next connection's token is asked again, so nothing is let in by that.
      this.logger.warn({ err: error, sessionId }, 'the end of subscriptions could not be written');
    });
  }

  private settle(committed: TopicsCommitted): void {
    const place = this.pushed.hasHole(committed) ? this.pushed.place() : undefined;
    this.pushed.settle(committed);
    // Rare: what a server had begun to write when it was killed has come in after all.
    if (place) for (const feed of this.connections.values()) feed.recheck(place);
    const { settledBefore } = this.pushed;
    for (const feed of this.awaitingCommit) {
      feed.committed();
      if (feed.lastPlace < settledBefore) this.awaitingCommit.delete(feed);
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

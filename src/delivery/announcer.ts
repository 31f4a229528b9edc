import { randomUUID } from 'node:crypto';

import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { Dialect } from '../dialects/dialect.js';
import type { Clock } from '../domain/clock.js';
import type { DomainEvents } from '../domain/domain-events.js';
import type { Announcement, Audience, EphemeralEvent } from '../domain/events.js';
import type { OutgoingFrame } from '../domain/outgoing-frame.js';
import type { Bus, BusMessage } from './bus/bus.js';
import { EVERY_SERVER, subjectsOf, userSubject } from './bus/subjects.js';
import type { Feed } from './feed.js';
import { FrameOnce } from './frame-once.js';
import type { Hub } from './hub.js';
import { RecentIds } from './recent-ids.js';
import { showsChat } from './shown-chats.js';
import type { TopicFeed } from './topics/topic-feed.js';

/** Announcements that are known again; a bus that repeats one does so within moments. */
const MAX_RECENT = 10_000;

/** Where all see the same, nobody in particular looks. */
const ANYBODY = '';

/** Who is connected here, and to what. */
export interface TopicAudience {
  /** Each once. */
  subscribersOf(topic: string): Iterable<TopicFeed>;
  feedById(connectionId: string): Pick<TopicFeed, 'isSlow'> | undefined;
}

/**
 * Brings ephemeral events over the bus to the connections of their audience: at most once, at once or never.
 * A reader who is slow does without them.
 */
export class Announcer implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(Announcer.name);
  private readonly serverId = randomUUID();
  private readonly recent = new RecentIds(MAX_RECENT);
  private count = 0;
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly hub: Hub,
    private readonly topics: TopicAudience,
    private readonly events: DomainEvents,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const subscription = this.bus.subscribe(EVERY_SERVER);
    this.endings = [
      () => {
        subscription.end();
      },
      this.bus.listen((message) => {
        this.receive(message);
      }),
      this.events.on('announced', (announcement) => {
        this.publish(announcement);
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  /** A connection is known to its own server only, which is where such an announcement is made. */
  private publish(announcement: Announcement): void {
    if ('connection' in announcement.audience) {
      this.tell(announcement);
      return;
    }
    const id = `${this.serverId}:${++this.count}`;
    this.bus.publish(subjectsOfAudience(announcement.audience), { kind: 'announcement', id, announcement });
  }

  private receive(message: BusMessage): void {
    if (message.kind === 'announcement' && this.recent.add(message.id)) this.tell(message.announcement);
  }

  private tell({ audience, event }: Announcement): void {
    const frames = new EphemeralFrames(event, this.clock.now());
    for (const feed of this.feedsOf(audience, frames)) {
      if (!feed.canTakeEphemeral || this.topics.feedById(feed.outlet.connectionId)?.isSlow) continue;
      try {
        const frame = frames.in(feed.dialect, feed.userId);
        if (frame !== undefined) feed.sendEphemeral(frame);
      } catch (error) {
        this.logger.error({ err: error, type: event.type }, 'an announcement could not be made');
      }
    }
  }

  private *feedsOf(audience: Audience, frames: EphemeralFrames): Generator<Feed> {
    if ('connection' in audience) {
      yield* this.withDurable([audience.connection]);
    } else if ('users' in audience) {
      yield* this.usersAndSubscribers(audience);
    } else if ('everybody' in audience) {
      // A crowd whose dialect does not show it costs nothing.
      for (const [dialect, feeds] of this.hub.speakers) if (frames.in(dialect, ANYBODY)) yield* feeds;
    } else {
      yield* this.othersIn(audience);
    }
  }

  private *usersAndSubscribers({ users, topic }: Extract<Audience, { users: unknown }>): Generator<Feed> {
    for (const userId of users) yield* this.hub.feedsOf(userId);
    if (topic === undefined) return;
    const told = new Set(users);
    const others = [...this.topics.subscribersOf(topic)].filter(({ userId }) => !told.has(userId));
    yield* this.withDurable(idsOf(others));
  }

  private *othersIn({ chat, exceptUser }: Extract<Audience, { chat: unknown }>): Generator<Feed> {
    for (const feed of this.hub.feedsIn(chat)) {
      const isSpared = feed.userId === exceptUser && !feed.dialect.bringsBackOwn;
      if (!isSpared && showsChat(feed.dialect, feed.outlet, chat)) yield feed;
    }
  }

  /** The connections' feeds of durable events: they know whether their readers have room for others. */
  private *withDurable(connectionIds: Iterable<string>): Generator<Feed> {
    for (const connectionId of connectionIds) {
      const feed = this.hub.feedById(connectionId);
      if (feed) yield feed;
    }
  }
}

function* idsOf(feeds: Iterable<TopicFeed>): Generator<string> {
  for (const { outlet } of feeds) yield outlet.connectionId;
}

/** An ephemeral event, encoded once per dialect where all viewers see the same. */
class EphemeralFrames {
  private readonly shared: FrameOnce;
  /** Only a dialog has another name for each of its two users. */
  private readonly differs: boolean;

  constructor(
    private readonly event: EphemeralEvent,
    private readonly now: number,
  ) {
    this.differs = event.type === 'typing' && event.chat.users !== undefined;
    this.shared = new FrameOnce((dialect) => this.encode(dialect, ANYBODY));
  }

  in(dialect: Dialect, viewer: string): string | OutgoingFrame | undefined {
    return this.differs ? this.encode(dialect, viewer) : this.shared.in(dialect);
  }

  private encode(dialect: Dialect, viewer: string): string | undefined {
    return dialect.encodeEphemeral(this.event, viewer, this.now);
  }
}

function subjectsOfAudience(audience: Exclude<Audience, { connection: string }>): readonly string[] {
  if ('everybody' in audience) return [EVERY_SERVER];
  // Whoever listens to a topic may be anywhere.
  if ('users' in audience) return audience.topic === undefined ? audience.users.map(userSubject) : [EVERY_SERVER];
  const { chat, exceptUser } = audience;
  const others = chat.users?.filter((userId) => userId !== exceptUser);
  return others ? others.map(userSubject) : subjectsOf(chat);
}

import { randomUUID } from 'node:crypto';

import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { Dialect, DialectName } from '../dialects/dialect.js';
import type { Clock } from '../domain/clock.js';
import type { DomainEvents } from '../domain/domain-events.js';
import type { Announcement, Audience, EphemeralEvent } from '../domain/events.js';
import type { Bus, BusMessage } from './bus/bus.js';
import { subjectsOf, userSubject } from './bus/subjects.js';
import type { Feed } from './feed.js';
import type { Hub } from './hub.js';
import { RecentIds } from './recent-ids.js';

/** Announcements that are known again; a bus that repeats one does so within moments. */
const MAX_RECENT = 10_000;

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
    private readonly events: DomainEvents,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.endings = [
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
    for (const feed of this.feedsOf(audience)) {
      if (!feed.canTakeEphemeral) continue;
      try {
        const frame = frames.in(feed.dialect, feed.userId);
        if (frame !== undefined) feed.outlet.send(frame);
      } catch (error) {
        this.logger.error({ err: error, type: event.type }, 'an announcement could not be made');
      }
    }
  }

  private *feedsOf(audience: Audience): Generator<Feed> {
    if ('connection' in audience) {
      const feed = this.hub.feedById(audience.connection);
      if (feed) yield feed;
    } else if ('users' in audience) {
      for (const userId of audience.users) yield* this.hub.feedsOf(userId);
    } else {
      for (const viewer of this.hub.viewersOf(audience.chat)) {
        if (viewer.userId !== audience.exceptUser) yield* viewer.feeds;
      }
    }
  }
}

/** An ephemeral event, encoded once per dialect where all viewers see the same. */
class EphemeralFrames {
  private readonly frames = new Map<DialectName, string | undefined>();
  /** Only a dialog has another name for each of its two users. */
  private readonly differs: boolean;

  constructor(
    private readonly event: EphemeralEvent,
    private readonly now: number,
  ) {
    this.differs = event.type === 'typing' && event.chat.users !== undefined;
  }

  in(dialect: Dialect, viewer: string): string | undefined {
    if (this.differs) return dialect.encodeEphemeral(this.event, viewer, this.now);
    const known = this.frames.get(dialect.name);
    if (known !== undefined || this.frames.has(dialect.name)) return known;
    const frame = dialect.encodeEphemeral(this.event, viewer, this.now);
    this.frames.set(dialect.name, frame);
    return frame;
  }
}

function subjectsOfAudience(audience: Exclude<Audience, { connection: string }>): string[] {
  if ('users' in audience) return audience.users.map(userSubject);
  const { chat, exceptUser } = audience;
  const others = chat.users?.filter((userId) => userId !== exceptUser);
  return others ? others.map(userSubject) : subjectsOf(chat);
}

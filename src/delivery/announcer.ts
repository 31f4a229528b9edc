import { randomUUID } from 'node:crypto';

import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import type { Clock } from '../domain/clock.js';
import type { DomainEvents } from '../domain/domain-events.js';
import type { Announcement } from '../domain/events.js';
import { subjectsOfAudience } from './audience.js';
import type { Bus, BusMessage } from './bus/bus.js';
import { EVERY_SERVER } from './bus/subjects.js';
import type { Crier } from './crier.js';
import { RecentIds } from './recent-ids.js';

/** Announcements that are known again; a bus that repeats one does so within moments. */
const MAX_RECENT = 10_000;

/** Brings ephemeral events over the bus to the connections of their audience: at most once, at once or never. */
export class Announcer implements OnModuleInit, OnApplicationShutdown {
  private readonly serverId = randomUUID();
  private readonly recent = new RecentIds(MAX_RECENT);
  private count = 0;
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly crier: Crier,
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
      this.events.on('announcedHere', (announcement) => {
        this.crier.tell(announcement);
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  /** A connection is known to its own server only, which is where such an announcement is made. */
  private publish(announcement: Announcement): void {
    if ('connection' in announcement.audience) {
      this.crier.tell(announcement);
      return;
    }
    const id = `${this.serverId}:${++this.count}`;
    const at = this.clock.now();
    this.bus.publish(subjectsOfAudience(announcement.audience), { kind: 'announcement', id, at, announcement });
  }

  private receive(message: BusMessage): void {
    if (message.kind === 'announcement' && this.recent.add(message.id))
      this.crier.tell(message.announcement, message.at);
  }
}

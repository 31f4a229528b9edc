import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import { Announcements } from '../domain/announcements.js';
import type { Announcement } from '../domain/events.js';
import { subjectsOfAudience } from './audience.js';
import type { Bus } from './bus/bus.js';
import { EVERY_SERVER } from './bus/subjects.js';
import type { Crier } from './crier.js';
import { sum } from './sum.js';

/** Announcements over the bus: all servers are asked to tell theirs, this one too. */
export class CountedAnnouncements extends Announcements implements OnModuleInit, OnApplicationShutdown {
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly crier: Crier,
  ) {
    super();
  }

  onModuleInit(): void {
    const subscription = this.bus.subscribe(EVERY_SERVER);
    this.endings = [
      () => {
        subscription.end();
      },
      this.bus.answer('announce', (announcement) => this.crier.tell(announcement)),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  async tell(announcement: Announcement): Promise<number> {
    return sum(await this.bus.ask(subjectsOfAudience(announcement.audience), 'announce', announcement));
  }
}

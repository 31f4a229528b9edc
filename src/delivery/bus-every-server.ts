import { setImmediate as nextTurn } from 'node:timers/promises';

import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import { EveryServer } from '../domain/every-server.js';
import type { Bus } from './bus/bus.js';
import { EVERY_SERVER } from './bus/subjects.js';

/** Over the bus: a question reaches a server after what was published before it. */
export class BusEveryServer extends EveryServer implements OnModuleInit, OnApplicationShutdown {
  private endings: (() => void)[] = [];

  constructor(private readonly bus: Bus) {
    super();
  }

  onModuleInit(): void {
    const subscription = this.bus.subscribe(EVERY_SERVER);
    this.endings = [
      () => {
        subscription.end();
      },
      this.bus.answer('heard', () => true),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  async hasHeard(): Promise<void> {
    // What has been committed is told with this turn of the event loop.
    await nextTurn();
    await this.bus.ask([EVERY_SERVER], 'heard', null);
  }
}

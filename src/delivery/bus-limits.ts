import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import { SharedLimits, type Spending } from '../domain/shared-limits.js';
import type { Bus } from './bus/bus.js';
import { EVERY_SERVER, userSubject } from './bus/subjects.js';

/**
 * Tells over the bus what is used up of limits: of a user's to the servers to which it is connected, for nobody else counts it; of names
 * and addresses to all.
 */
export class BusLimits extends SharedLimits implements OnModuleInit, OnApplicationShutdown {
  private readonly listeners = new Set<(spending: Spending) => void>();
  private endings: (() => void)[] = [];

  constructor(private readonly bus: Bus) {
    super();
  }

  get isShared(): boolean {
    return !this.bus.isLossless;
  }

  onModuleInit(): void {
    if (!this.isShared) return;
    const subscription = this.bus.subscribe(EVERY_SERVER);
    this.endings = [
      () => {
        subscription.end();
      },
      this.bus.listen((message) => {
        if (message.kind !== 'spent' || message.server === this.bus.serverId) return;
        for (const listener of this.listeners) listener(message.spending);
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  tell(spending: Spending): void {
    const subject = spending.limit === 'frames' ? userSubject(spending.userId) : EVERY_SERVER;
    this.bus.publish([subject], { kind: 'spent', server: this.bus.serverId, spending });
  }

  onTold(listener: (spending: Spending) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

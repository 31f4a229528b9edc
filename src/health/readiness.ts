import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Bus } from '../delivery/bus/bus.js';
import { DomainEvents } from '../domain/domain-events.js';
import { Canary } from './canary.js';

export interface Health {
  /** What stands in the way of new connections, in a word or two. */
  readonly obstacle?: string;
  /** Other servers are not heard; connections here are served none the less. */
  readonly isBusAway: boolean;
}

/**
 * Whether load balancers should send clients here. A server that has not heard the others yet is not ready. One that hears them no more
 * is: what carries messages between servers is then away for all of them mostly, and if none were ready nobody would be served.
 */
@Injectable()
export class Readiness implements OnModuleInit, OnApplicationShutdown {
  private isDraining = false;
  private hasHeardOthers = false;
  private endWatching: (() => void) | undefined;

  constructor(
    private readonly canary: Canary,
    private readonly bus: Bus,
    events: DomainEvents,
  ) {
    events.on('drainStarted', () => {
      this.isDraining = true;
    });
  }

  /** However rarely somebody asks: the bus may come and go between two probes. */
  onModuleInit(): void {
    this.endWatching = this.bus.watch({
      interrupted: () => {
        this.hasHeardOthers ||= this.bus.isConnected;
      },
    });
  }

  onApplicationShutdown(): void {
    this.endWatching?.();
  }

  async health(): Promise<Health> {
    const fate = this.isDraining ? undefined : await this.canary.fate();
    // The drain may have begun meanwhile.
    if (this.isDraining) return { obstacle: 'draining', isBusAway: false };
    this.hasHeardOthers ||= fate === undefined;
    const isBusAway = fate === 'bus away';
    return { obstacle: isBusAway && this.hasHeardOthers ? undefined : fate, isBusAway };
  }
}

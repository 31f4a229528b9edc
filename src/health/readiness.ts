import { Injectable } from '@nestjs/common';
import { DomainEvents } from '../domain/domain-events.js';
import { Canary } from './canary.js';

/** Whether load balancers should send clients here. */
@Injectable()
export class Readiness {
  private isDraining = false;

  constructor(
    private readonly canary: Canary,
    events: DomainEvents,
  ) {
    events.on('drainStarted', () => {
      this.isDraining = true;
    });
  }

  /** @returns what stands in the way, in a word or two; undefined: nothing */
  async obstacle(): Promise<string | undefined> {
    const fate = this.isDraining ? undefined : await this.canary.fate();
    // The drain may have begun meanwhile.
    return this.isDraining ? 'draining' : fate;
  }
}

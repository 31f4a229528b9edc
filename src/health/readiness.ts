import { setTimeout as wait } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { DomainEvents } from '../domain/domain-events.js';

/** A database that takes longer than this to say 1 serves nobody. */
const DATABASE_TIMEOUT_MS = 2_000;

/** Whether load balancers should send clients here. */
@Injectable()
export class Readiness {
  private isDraining = false;

  constructor(
    private readonly database: Database,
    events: DomainEvents,
  ) {
    events.on('drainStarted', () => {
      this.isDraining = true;
    });
  }

  /** @returns what stands in the way, in a word or two; undefined: nothing */
  async obstacle(): Promise<string | undefined> {
    if (this.isDraining) return 'draining';
    return (await this.hasDatabase()) ? undefined : 'database away';
  }

  private async hasDatabase(): Promise<boolean> {
    const timer = new AbortController();
    const answer = this.database.query('select 1').then(
      () => true,
      () => false,
    );
    const timeIsUp = wait(DATABASE_TIMEOUT_MS, false, { signal: timer.signal }).catch(() => false);
    return Promise.race([answer, timeIsUp]).finally(() => {
      timer.abort();
    });
  }
}

import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { TopicHub } from './topic-hub.js';
import type { TopicServices } from './topic-services.js';

/** In a time to live, so that one write that is lost ends no session. */
const TOUCHES_PER_TTL = 3;
/** However short the time to live is. */
const MIN_INTERVAL_MS = 100;

/** Keeps the sessions that have a connection here: their time to live begins when it goes. One timer for all. */
export class SessionTouches implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(SessionTouches.name);
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly hub: Pick<TopicHub, 'sessionIds'>,
    private readonly services: Pick<TopicServices, 'sessions' | 'limits'>,
  ) {}

  onModuleInit(): void {
    const intervalMs = Math.max(MIN_INTERVAL_MS, this.services.limits.sessionTtlMs / TOUCHES_PER_TTL);
    this.timer = setInterval(() => void this.touch(), intervalMs);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async touch(): Promise<void> {
    const sessionIds = this.hub.sessionIds();
    if (sessionIds.length === 0) return;
    try {
      await this.services.sessions.touch(sessionIds);
    } catch (error) {
      this.logger.warn({ err: error }, 'that sessions are in use could not be written');
    }
  }
}

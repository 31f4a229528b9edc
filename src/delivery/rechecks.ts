import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

import type { Clock } from '../domain/clock.js';
import type { DomainEvents } from '../domain/domain-events.js';
import type { Bus } from './bus/bus.js';
import type { Feed } from './feed.js';
import type { Hub } from './hub.js';
import type { Viewer } from './viewer.js';

/** Users whose logs are read at once: few enough to leave room in the pool for those who connect meanwhile. */
const USERS_AT_ONCE = 10;
/**
 * From one lot to the next, ms: 500 users a second at most, and less where the log takes longer to answer. A recheck that finds nothing
 * costs a user with 1,000 chats some 3 ms of PostgreSQL, with 50 some 0.3 ms: an interruption is no storm.
 */
const LOT_MS = 20;
/** While something is away, from the end of one round to the beginning of the next, ms. */
const ROUND_MS = 2_000;
/** Who is not answered by then, ms, keeps the others waiting no longer. */
const MAX_WAIT_MS = 5_000;

export interface DoubtedChannels {
  /** What was told of channels may not have come. Never fails. */
  doubt(): Promise<void>;
}

/**
 * Finds in the log what the bus has lost while this server, or another one, was away: for all who are connected here, one lot after the
 * other, so that the rest go on meanwhile. While the bus is away it goes round and round, and so it does while another server is cut off: what others
 * do comes late, but comes.
 */
export class Rechecks implements OnModuleInit, OnApplicationShutdown {
  /** Whose turn is yet to come, the longest waiting first. */
  private readonly waiting = new Set<Viewer>();
  /** Whose turn it is. */
  private asked: readonly Feed[] = [];
  private askedAt = 0;
  private isAway = false;
  private areOthersCutOff = false;
  private timer?: NodeJS.Timeout;
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Pick<Bus, 'watch' | 'isConnected'>,
    private readonly hub: Hub,
    private readonly channels: DoubtedChannels,
    private readonly events: Pick<DomainEvents, 'on'>,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.endings = [
      this.bus.watch({
        away: () => {
          this.isAway = true;
          this.begin();
        },
        interrupted: () => {
          this.isAway = !this.bus.isConnected;
          this.begin();
        },
      }),
      this.events.on('othersCutOff', (are) => {
        this.areOthersCutOff = are;
        // Once more at the end, too: what they did last.
        this.begin();
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endings) end();
    clearTimeout(this.timer);
  }

  /** Who is waiting already keeps its turn, so that many interruptions in a row keep nobody waiting for ever. */
  private begin(): void {
    for (const viewer of this.hub.everybody) this.waiting.add(viewer);
    void this.channels.doubt();
    clearTimeout(this.timer);
    this.goOn();
  }

  private goOn(): void {
    if (this.isAnswered()) this.recheckNext();
    if (this.waiting.size > 0) this.goOnIn(LOT_MS);
    else if (this.isAway || this.areOthersCutOff) this.beginIn(ROUND_MS);
  }

  private goOnIn(delayMs: number): void {
    this.timer = setTimeout(() => {
      this.goOn();
    }, delayMs);
  }

  private beginIn(delayMs: number): void {
    this.timer = setTimeout(() => {
      this.begin();
    }, delayMs);
  }

  private isAnswered(): boolean {
    return this.clock.now() - this.askedAt >= MAX_WAIT_MS || !this.asked.some(({ isAsking }) => isAsking);
  }

  private recheckNext(): void {
    const viewers: Viewer[] = [];
    for (const viewer of this.waiting) {
      this.waiting.delete(viewer);
      if (!viewer.isGone) viewers.push(viewer);
      if (viewers.length === USERS_AT_ONCE) break;
    }
    for (const viewer of viewers) this.hub.recheck(viewer);
    this.asked = viewers.flatMap(({ feeds }) => feeds);
    this.askedAt = this.clock.now();
  }
}

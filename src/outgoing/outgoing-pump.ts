import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { DomainEvents } from '../domain/domain-events.js';
import { Metrics } from '../domain/metrics.js';
import { Courier } from './courier.js';
import { Expander } from './expander.js';
import { OutboxRepository } from './outbox.repository.js';
import { OutgoingEventsRepository, type Tally } from './outgoing-events.repository.js';
import { Rounds } from './rounds.js';

/** How often is looked for what another server left behind, and what is due again. */
const LOOK_MS = 1_000;
/** Looks between two counts: they read all there is. */
const LOOKS_PER_COUNT = 15;

/** Keeps what was committed on its way to other services: at once after each commit of this server, else every second. */
@Injectable()
export class OutgoingPump implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(OutgoingPump.name);
  private readonly expanding: Rounds;
  private readonly delivering: Rounds;
  private readonly counting: Rounds;
  private tally: Tally = { waiting: 0, dead: 0 };
  private looks = 0;
  private timer?: NodeJS.Timeout;
  private endings: (() => void)[] = [];

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly repository: OutgoingEventsRepository,
    private readonly events: DomainEvents,
    private readonly courier: Courier,
    metrics: Metrics,
    expander: Expander,
  ) {
    const onError = (error: unknown): void => {
      this.logger.warn({ err: error }, 'outgoing events could not be read or noted, will try again');
    };
    this.delivering = new Rounds(() => courier.deliver(), onError);
    this.counting = new Rounds(() => this.count(), onError);
    this.expanding = new Rounds(async () => {
      const isMore = await expander.expand();
      if (isMore) this.delivering.want();
      return isMore;
    }, onError);
    metrics.watch('outgoingEvents', () => Object.entries(this.tally));
  }

  /** Nothing is asked of this server before. */
  async onModuleInit(): Promise<void> {
    await this.outbox.open();
  }

  onApplicationBootstrap(): void {
    const nudge = (): void => {
      this.expanding.want();
    };
    this.endings = [this.events.on('changesCommitted', nudge), this.events.on('userJoined', nudge)];
    this.timer = setInterval(() => {
      this.look();
    }, LOOK_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    for (const end of this.endings) end();
    const stopped = [this.expanding.stop(), this.delivering.stop(), this.counting.stop()];
    await this.courier.close();
    await Promise.all(stopped);
  }

  private look(): void {
    this.expanding.want();
    this.delivering.want();
    if (this.looks++ % LOOKS_PER_COUNT === 0) this.counting.want();
  }

  private async count(): Promise<boolean> {
    this.tally = await this.repository.tally();
    return false;
  }
}

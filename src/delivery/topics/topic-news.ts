import { Logger } from '@nestjs/common';

import type { DomainEvents, TopicsCommitted } from '../../domain/domain-events.js';
import type { Bus, BusMessage, ToldTopics } from '../bus/bus.js';
import { EVERY_SERVER } from '../bus/subjects.js';
import type { HeldBack } from './held-back.js';
import type { TopicSequence } from './topic-sequence.js';
import type { TopicServices } from './topic-services.js';

/** The newest number is told again so long after a commit, for whoever has not heard of it: the last one no later one gives away. */
const BEACON_MS = 2_000;
/** While the bus is away, or another server cut off from it, from one look at what others have committed to the next. */
const ROUND_MS = 1_000;

export interface NewsSurroundings {
  readonly events: DomainEvents;
  readonly log: TopicServices['log'];
  readonly sequence: Pick<TopicSequence, 'take' | 'heard'>;
  readonly heldBack: Pick<HeldBack, 'doubt'>;
}

/** Tells all servers what this one has committed on topics, and hears of it from all: from the database where the bus has lost it. */
export class TopicNews {
  private readonly logger = new Logger(TopicNews.name);
  /** What this server has committed. */
  private newest = 0;
  private areOthersCutOff = false;
  private beacon?: NodeJS.Timeout;
  private round?: NodeJS.Timeout;
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly surroundings: NewsSurroundings,
  ) {}

  start(): void {
    const subscription = this.bus.subscribe(EVERY_SERVER);
    this.endings = [
      () => {
        subscription.end();
      },
      this.surroundings.events.on('topicsCommitted', (committed) => {
        this.tell(committed);
      }),
      this.surroundings.events.on('othersCutOff', (are) => {
        this.areOthersCutOff = are;
        void this.look();
      }),
      this.bus.listen((message) => {
        this.hear(message);
      }),
      this.bus.watch({
        // What they publish when they can be heard again comes before it is known here that they can.
        away: () => {
          this.makeUp();
        },
        interrupted: () => {
          this.makeUp();
        },
      }),
    ];
    // What is committed between the reading of the newest number at the start and the first that is heard.
    if (!this.bus.isLossless) void subscription.ready.then(() => this.look());
  }

  stop(): void {
    for (const end of this.endings) end();
    this.endings = [];
    clearTimeout(this.beacon);
    clearTimeout(this.round);
  }

  private tell({ messages, newest, failed }: TopicsCommitted): void {
    const told: ToldTopics = {
      messages: messages.map(({ id, topic }) => ({ id, topic })),
      newest,
      failed: failed.map(({ id }) => id),
    };
    this.bus.publish([EVERY_SERVER], { kind: 'topicsCommitted', told });
    this.newest = Math.max(this.newest, newest);
    if (this.bus.isLossless) return;
    this.beacon ??= setTimeout(() => {
      this.tellNewest();
    }, BEACON_MS);
  }

  private tellNewest(): void {
    this.beacon = undefined;
    this.bus.publish([EVERY_SERVER], { kind: 'topicsNewest', newest: this.newest });
  }

  private hear(message: BusMessage): void {
    if (message.kind === 'topicsCommitted') this.surroundings.sequence.take(message.told);
    else if (message.kind === 'topicsNewest') this.surroundings.sequence.heard(message.newest);
  }

  /** What others have published until now may be lost, and what they publish from now on comes: after that. */
  private makeUp(): void {
    this.surroundings.heldBack.doubt();
    void this.look();
  }

  /** At what others have committed; again and again until it was seen and the others are heard. */
  private async look(): Promise<void> {
    const isSeen = await this.see();
    if (this.endings.length === 0) return;
    clearTimeout(this.round);
    if (!isSeen || this.isAnybodyAway) this.round = setTimeout(() => void this.look(), ROUND_MS);
  }

  private get isAnybodyAway(): boolean {
    return this.areOthersCutOff || !this.bus.isConnected;
  }

  private async see(): Promise<boolean> {
    try {
      this.surroundings.sequence.heard(await this.surroundings.log.newest());
      return true;
    } catch (error) {
      this.logger.debug({ err: error }, 'the newest topic message could not be read');
      return false;
    }
  }
}

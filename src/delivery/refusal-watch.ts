import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { CutOffServer, DomainEvents } from '../domain/domain-events.js';
import type { Leaving, RefusalStore } from '../log/refusal-store.js';
import type { Bans } from './bans.js';
import type { Bus } from './bus/bus.js';
import type { Hub } from './hub.js';
import { Repeated } from './repeated.js';
import type { Revocations } from './revocations.js';

/** Who is refused is told nothing a second later (protocol.md, sections 2 and 4), and the look takes its time too. */
const LOOK_MS = 500;

/** What was written down before it was committed is found so late at most: none of the statements that do it takes long. */
const OVERLAP_MS = 5_000;

export interface Enforcers {
  readonly revocations: Pick<Revocations, 'enforce'>;
  readonly bans: Pick<Bans, 'enforce'>;
}

/**
 * Finds in the database who is to be told nothing any more, for whoever did that on another server may not reach this one: it looks for
 * what was refused lately, some of it more than once, which does what once does. With the same look it sees whether another server is cut
 * off from the bus. A server that is alone knows it all by itself.
 */
export class RefusalWatch implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(RefusalWatch.name);
  /** By the clock of the database; all before it was found. */
  private from?: number;
  private areOthersCutOff = false;
  private readonly looks = new Repeated(
    () => this.look(),
    LOOK_MS,
    (error, isFirst) => {
      if (isFirst) this.logger.warn({ err: error }, 'who is refused could not be found out, will try again');
    },
  );

  constructor(
    private readonly bus: Pick<Bus, 'isLossless' | 'serverId'>,
    private readonly hub: Pick<Hub, 'groups' | 'viewer'>,
    private readonly refusals: Pick<RefusalStore, 'now' | 'since'>,
    private readonly enforcers: Enforcers,
    private readonly events: Pick<DomainEvents, 'emit'>,
  ) {}

  onModuleInit(): void {
    if (!this.bus.isLossless) this.looks.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.looks.stop();
  }

  private async look(): Promise<void> {
    this.from ??= (await this.refusals.now()) - OVERLAP_MS;
    for (let from: number | undefined = this.from; from !== undefined;) {
      const { now, othersCutOff, revoked, banned, left, next } = await this.refusals.since(from, this.bus.serverId);
      this.note(othersCutOff);
      for (const each of revoked) this.enforcers.revocations.enforce(each);
      for (const each of banned) this.enforcers.bans.enforce(each);
      for (const each of left) this.unseat(each);
      from = next;
      // What was passed over is behind it, and what follows is later.
      this.from = next ?? now - OVERLAP_MS;
    }
  }

  private note(othersCutOff: readonly CutOffServer[]): void {
    const areOthersCutOff = othersCutOff.length > 0;
    if (areOthersCutOff || this.areOthersCutOff) this.events.emit('cutOffSeen', othersCutOff);
    if (areOthersCutOff === this.areOthersCutOff) return;
    this.areOthersCutOff = areOthersCutOff;
    this.events.emit('othersCutOff', areOthersCutOff);
  }

  /** Who has a seat here still may have joined again: its groups are read, and the chat, which tells it that it has left. */
  private unseat({ userId, chatId }: Leaving): void {
    const viewer = this.hub.groups.has(chatId, userId) ? this.hub.viewer(userId) : undefined;
    if (!viewer) return;
    this.hub.groups.refresh(viewer);
    for (const feed of viewer.feeds) feed.recheck(chatId);
  }
}

import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { DomainEvents } from '../domain/domain-events.js';
import type { CutOffStore } from '../log/cut-off-store.js';
import type { Bus } from './bus/bus.js';
import type { MissedServers } from './missed-servers.js';
import { Repeated } from './repeated.js';

/** The others believe it for 10 s: the database may fail to take it twice. */
const NOTE_MS = 2_000;

/**
 * Says in the database that this server is away from the bus, for as long as it is: what is committed here reaches nobody elsewhere, who
 * then has to look for it. Of a server that ends so this stands until it is no longer believed: what it did last is found as well.
 *
 * It says too which servers it does not hear any more. One of them that is alive finds itself missed, misses this one as well, and both
 * look for what the other has committed; of one that is dead this concerns nobody.
 */
export class CutOffNotice implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(CutOffNotice.name);
  private noting?: Repeated;
  private isAway = false;
  private endings: (() => void)[] = [];

  constructor(
    private readonly bus: Pick<Bus, 'isConnected' | 'serverId' | 'watch'>,
    private readonly store: Pick<CutOffStore, 'note' | 'forget'>,
    private readonly missed: MissedServers,
    private readonly events: Pick<DomainEvents, 'on'>,
  ) {}

  onModuleInit(): void {
    this.endings = [
      this.bus.watch({
        away: () => {
          this.isAway = true;
          this.begin();
        },
        interrupted: () => {
          this.isAway &&= !this.bus.isConnected;
          this.endIfWhole();
        },
        peerGone: (server, { isFarewell }) => {
          if (isFarewell) return;
          this.missed.miss(server);
          this.begin();
        },
        peerJoined: (server) => {
          this.missed.hear(server);
          this.endIfWhole();
        },
      }),
      this.events.on('cutOffSeen', (servers) => {
        for (const { server } of servers) this.missed.see(server);
      }),
    ];
  }

  async onApplicationShutdown(): Promise<void> {
    for (const end of this.endings) end();
    await this.noting?.stop();
  }

  private begin(): void {
    if (this.noting) return;
    this.noting = new Repeated(
      () => this.note(),
      NOTE_MS,
      (error, isFirst) => {
        this.missed.restart();
        if (isFirst) this.logger.warn({ err: error }, 'others could not be told who is not heard, will try again');
      },
    );
    this.noting.start();
  }

  private async note(): Promise<void> {
    const missed = this.missed.ids;
    if (this.isAway || missed.length > 0) await this.store.note(this.bus.serverId, this.isAway ? [] : missed);
    else this.endIfWhole();
  }

  private endIfWhole(): void {
    if (!this.isAway && this.missed.ids.length === 0) void this.end();
  }

  /** Whoever has heard nothing of it meanwhile has heard on the bus that this server is back. */
  private async end(): Promise<void> {
    const { noting } = this;
    if (!noting) return;
    this.noting = undefined;
    await noting.stop();
    try {
      await this.store.forget(this.bus.serverId);
    } catch (error) {
      this.logger.debug({ err: error }, 'that the bus is back could not be told, is no longer believed soon');
    }
  }
}

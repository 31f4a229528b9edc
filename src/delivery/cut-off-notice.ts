import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { CutOffStore } from '../log/cut-off-store.js';
import type { Bus } from './bus/bus.js';
import { Repeated } from './repeated.js';

/** The others believe it for 10 s: the database may fail to take it twice. */
const NOTE_MS = 2_000;

/**
 * Says in the database that this server is away from the bus, for as long as it is: what is committed here reaches nobody elsewhere, who
 * then has to look for it. Of a server that ends so this stands until it is no longer believed: what it did last is found as well.
 */
export class CutOffNotice implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(CutOffNotice.name);
  private noting?: Repeated;
  private stopWatching?: () => void;

  constructor(
    private readonly bus: Pick<Bus, 'isConnected' | 'serverId' | 'watch'>,
    private readonly store: Pick<CutOffStore, 'note' | 'forget'>,
  ) {}

  onModuleInit(): void {
    this.stopWatching = this.bus.watch({
      away: () => {
        this.begin();
      },
      interrupted: () => {
        if (this.bus.isConnected) void this.end();
      },
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopWatching?.();
    await this.noting?.stop();
  }

  private begin(): void {
    if (this.noting) return;
    this.noting = new Repeated(
      () => this.store.note(this.bus.serverId),
      NOTE_MS,
      (error, isFirst) => {
        if (isFirst) this.logger.warn({ err: error }, 'others could not be told that the bus is away, will try again');
      },
    );
    this.noting.start();
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

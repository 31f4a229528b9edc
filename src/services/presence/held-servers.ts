import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';
import { type CutOffServer, DomainEvents } from '../../domain/domain-events.js';
import { PresenceExchange, type ServerParting } from '../../domain/presence-exchange.js';

interface Hold {
  /** When the server was alive for certain, ms since the epoch. */
  lastHeardAt: number;
  /** The end of its users' time, ms since the epoch. */
  until: number;
  readonly isFarewell: boolean;
  timer?: NodeJS.Timeout;
}

/**
 * Servers that are gone, and whose users are believed online for the grace period: they are on another one in a moment. Of one that is only
 * cut off from the others the database tells that it is alive: its users may be there still, and their time begins when it tells so no
 * more. One timer for each, and of servers there are few.
 */
@Injectable()
export class HeldServers implements OnModuleInit, OnApplicationShutdown {
  private readonly holds = new Map<string, Hold>();
  private readonly graceMs: number;
  /** They are alive. While nobody knows, it is those of whom that was known last. */
  private cutOff: ReadonlySet<string> = new Set();
  private unsubscribe: () => void = () => undefined;
  private onOver: (server: string, lastHeardAt: number) => void = () => undefined;

  constructor(
    private readonly exchange: PresenceExchange,
    private readonly events: DomainEvents,
    private readonly clock: Clock,
    { presence }: Config,
  ) {
    this.graceMs = presence.graceMs;
  }

  onModuleInit(): void {
    this.unsubscribe = this.events.on('cutOffSeen', (servers) => {
      this.see(servers);
    });
  }

  onApplicationShutdown(): void {
    this.unsubscribe();
    for (const { timer } of this.holds.values()) clearTimeout(timer);
    this.holds.clear();
  }

  /** @param onOver called with a server that has not come back, and when it was heard last */
  whenOver(onOver: (server: string, lastHeardAt: number) => void): void {
    this.onOver = onOver;
  }

  /** Who says farewell has let its last clients go just now: they have their time from now on. Of who is silent nothing is known since. */
  hold(server: string, { lastHeardAt, isFarewell }: ServerParting): void {
    this.release(server);
    const until = (isFarewell ? this.clock.now() : lastHeardAt) + this.graceMs;
    const hold: Hold = { lastHeardAt, until, isFarewell };
    this.holds.set(server, hold);
    this.arm(server, hold);
  }

  release(server: string): void {
    clearTimeout(this.holds.get(server)?.timer);
    this.holds.delete(server);
  }

  /** For certain nobody is connected to these any more. */
  *farewelled(): Generator<string> {
    for (const [server, { isFarewell }] of this.holds) if (isFarewell) yield server;
  }

  /** Nobody could be heard for a while: all have their time again. */
  restart(): void {
    for (const [server, hold] of this.holds) {
      hold.until = this.clock.now() + this.graceMs;
      this.arm(server, hold);
    }
  }

  private see(servers: readonly CutOffServer[]): void {
    this.cutOff = new Set(servers.map(({ server }) => server));
    for (const { server, agoMs } of servers) this.extend(server, this.clock.now() - agoMs);
    for (const [server, hold] of this.holds) this.arm(server, hold);
  }

  private extend(server: string, aliveAt: number): void {
    const hold = this.holds.get(server);
    if (!hold) return;
    hold.lastHeardAt = Math.max(hold.lastHeardAt, aliveAt);
    hold.until = Math.max(hold.until, aliveAt + this.graceMs);
  }

  private arm(server: string, hold: Hold): void {
    clearTimeout(hold.timer);
    const waitMs = Math.max(0, hold.until - this.clock.now());
    hold.timer = setTimeout(() => {
      // Where its users are by now cannot be heard: they are held until it can.
      if (!this.exchange.isConnected || this.cutOff.has(server)) return;
      this.holds.delete(server);
      this.onOver(server, hold.lastHeardAt);
    }, waitMs);
  }
}

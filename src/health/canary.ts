import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { Bus, type BusMessage, type Subscription } from '../delivery/bus/bus.js';
import { serverSubject } from '../delivery/bus/subjects.js';
import { Clock } from '../domain/clock.js';

/** Who asks more often gets the same answer again: a storm of probes costs nothing. */
const MAX_AGE_MS = 1_000;

/** Servers come and go under new names; a row that nobody has written for so long is nobody's. */
const FORGOTTEN_MS = 24 * 3_600_000;

const WRITE = `
  with forgotten as (delete from canaries where at < $3 and server <> $1)
  insert into canaries (server, at) values ($1, $2) on conflict (server) do update set at = excluded.at`;

/** Where the canary did not come through. */
type Fate = 'database away' | 'bus away' | undefined;

interface Flight {
  readonly fate: Promise<Fate>;
  /** By `performance.now()`. */
  readonly startedAt: number;
  hasLanded: boolean;
}

/**
 * Sends something through all that a message goes through: it is committed to the database, then published on the bus, and must be heard
 * here again. A `select 1` is answered by a database that takes no writes, and a bus that is away is silent.
 */
@Injectable()
export class Canary implements OnModuleInit, OnApplicationShutdown {
  private readonly name: string;
  private readonly timeoutMs: number;
  private last: Flight | undefined;
  /** The one that is on the bus. */
  private awaited: { readonly id: string; readonly heard: () => void } | undefined;
  private subscription: Subscription | undefined;
  private endListening: (() => void) | undefined;

  constructor(
    private readonly database: Database,
    private readonly bus: Bus,
    private readonly clock: Clock,
    { server }: Config,
  ) {
    this.name = server.name;
    this.timeoutMs = server.readyTimeoutMs;
  }

  onModuleInit(): void {
    this.subscription = this.bus.subscribe(serverSubject(this.name));
    this.endListening = this.bus.listen((message) => {
      this.receive(message);
    });
  }

  onApplicationShutdown(): void {
    this.subscription?.end();
    this.endListening?.();
  }

  /** What became of a canary that is under way, or was sent within the last second; else of a new one. Never rejects. */
  fate(): Promise<Fate> {
    const { last } = this;
    if (last && (!last.hasLanded || performance.now() - last.startedAt < MAX_AGE_MS)) return last.fate;
    const flight: Flight = { fate: this.fly(), startedAt: performance.now(), hasLanded: false };
    void flight.fate.then(() => (flight.hasLanded = true));
    this.last = flight;
    return flight.fate;
  }

  private async fly(): Promise<Fate> {
    const timer = new AbortController();
    const timeIsUp = wait(this.timeoutMs, false, { signal: timer.signal }).catch(() => false);
    const isWritten = await Promise.race([this.write(), timeIsUp]);
    const isHeard = isWritten && this.bus.isConnected && (await Promise.race([this.publish(), timeIsUp]));
    timer.abort();
    if (!isWritten) return 'database away';
    return isHeard ? undefined : 'bus away';
  }

  private async write(): Promise<boolean> {
    const now = this.clock.now();
    try {
      await this.database.query(WRITE, [this.name, now, now - FORGOTTEN_MS]);
      return true;
    } catch {
      // Whoever asks is told; a line for each probe would fill the log with what everybody knows.
      return false;
    }
  }

  private publish(): Promise<boolean> {
    const id = randomUUID();
    return new Promise((resolve) => {
      this.awaited = {
        id,
        heard: () => {
          resolve(true);
        },
      };
      this.bus.publish([serverSubject(this.name)], { kind: 'canary', server: this.name, id });
    });
  }

  /** Another server of the same name hears it too: the id tells whose it is. */
  private receive(message: BusMessage): void {
    if (message.kind === 'canary' && message.id === this.awaited?.id) this.awaited.heard();
  }
}

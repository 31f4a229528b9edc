import { setTimeout as wait } from 'node:timers/promises';

import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';

import { Config } from '../config/config.js';
import { Hub } from '../delivery/hub.js';
import { CloseReasons } from '../domain/close-reasons.js';
import { DomainEvents } from '../domain/domain-events.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';

/** Connections are let go in steps: short enough that a client sees no difference, long enough to cost nothing. */
const STEP_MS = 20;

/** How much longer than planned it may take until what was asked has been answered. */
const ANSWER_MS = 5_000;

/** How long the last sockets may take to close properly, and then the cursors to be written. */
const CLOSE_MS = 2_000;

/** Clients come back within a second of their closing, each at a random point of it. */
const COME_BACK_MS = 1_000;

/**
 * Going away politely: new clients are refused at once; after a delay, in which load balancers look away, connections
 * are told to come back elsewhere and closed, spread over time. What was asked is answered first.
 */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Drain.name);
  private readonly haste = new AbortController();
  private readonly inHaste = new Promise<void>((resolve) => {
    this.haste.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  private isStarted = false;

  constructor(
    private readonly connections: Connections,
    private readonly hub: Hub,
    private readonly events: DomainEvents,
    private readonly config: Config,
  ) {}

  get started(): boolean {
    return this.isStarted;
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.isStarted) return;
    this.isStarted = true;
    this.events.emit('drainStarted', undefined);
    const { delayMs, durationMs } = this.config.drain;
    const deadline = setTimeout(
      () => {
        this.hurry();
      },
      delayMs + durationMs + ANSWER_MS,
    );
    await this.pause(delayMs);
    await this.letGo([...this.connections], durationMs);
    clearTimeout(deadline);
    await this.endSockets();
    // Bounded: what is lost is sent once more.
    await this.within(CLOSE_MS, this.hub.settled());
  }

  /** Ends waiting of every kind: for a second signal, and at the deadline. */
  hurry(): void {
    this.haste.abort();
  }

  private async letGo(connections: readonly Connection[], durationMs: number): Promise<void> {
    const steps = Math.max(1, Math.floor(durationMs / STEP_MS));
    const leaving: Promise<void>[] = [];
    for (let step = 1; leaving.length < connections.length; step += 1) {
      const due = this.haste.signal.aborted ? connections.length : Math.ceil((connections.length * step) / steps);
      for (const connection of connections.slice(leaving.length, due)) leaving.push(this.letOneGo(connection));
      if (leaving.length < connections.length) await this.pause(STEP_MS);
    }
    await Promise.all(leaving);
  }

  private async letOneGo(connection: Connection): Promise<void> {
    await Promise.race([this.finish(connection), this.inHaste]);
    connection.tell({ type: 'reconnect', afterMs: Math.floor(Math.random() * COME_BACK_MS) });
    connection.close(CloseReasons.restart);
  }

  /** What it has received is written before it goes, so that it is not told that again elsewhere. */
  private async finish(connection: Connection): Promise<void> {
    await connection.quiesce();
    await this.hub.written(connection.feed);
  }

  private async endSockets(): Promise<void> {
    await this.within(CLOSE_MS, Promise.race([this.connections.emptied(), this.inHaste]));
    if (this.connections.size > 0) this.logger.warn(`${this.connections.size} connections did not close in time`);
    for (const connection of this.connections) connection.terminate();
  }

  private async pause(ms: number): Promise<void> {
    if (ms > 0) await this.within(ms, this.inHaste);
  }

  private async within(ms: number, end: Promise<void>): Promise<void> {
    const timer = new AbortController();
    const timeIsUp = wait(ms, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([timeIsUp, end]).finally(() => {
      timer.abort();
    });
  }
}

import { setTimeout as wait } from 'node:timers/promises';

import { type ConnectionOptions, type NatsConnection, RequestError } from '@nats-io/transport-node';
import type { Counter } from '../../domain/metrics.js';
import { dial } from '../../nats/nats-dial.js';
import { NatsInterests } from './nats-interests.js';
import { betweenAttemptsMs } from './nats-options.js';

/** How long the last words may take to leave, and an attempt to connect to end. */
const CLOSE_MS = 1_000;

export interface LinkOptions {
  /** Before all subjects. */
  readonly prefix: string;
  readonly connection: ConnectionOptions;
  /** How long a subscription waits for NATS to know of it. */
  readonly patienceMs: number;
  /** What has been handed to NATS. */
  readonly messages: Counter;
  readonly bytes: Counter;
}

export interface LinkEvents {
  /** The connection is there, and all that is subscribed stands. */
  up(): void;
  /** It was there, and is lost. */
  down(): void;
  /** Settles once all that is subscribed is known beyond the nearest NATS server too. */
  reach(): Promise<void>;
  /** A subscription waits no longer for NATS, which has come to know of it later. */
  late(): void;
  /** Must not throw: nothing more would be read. */
  receive(data: Uint8Array): void;
  /** Why it could not be made, or does not do what it should; once for each reason in a row. */
  failed(error: unknown): void;
}

/**
 * The connection to NATS: made when that is there, and made anew whenever it was lost. What can't be sent is dropped, and kept nowhere.
 *
 * The client's own reconnecting is not used: of a connection that was cut in the middle it waits until what was written has left.
 */
export class NatsLink {
  readonly interests: NatsInterests;
  /** Whether others can be heard, and hear. */
  isUp = false;
  private connection?: NatsConnection;
  private lastFailure = '';
  /** Where the connection is lost, the client lets whoever waits for an answer wait for ever. */
  private readonly roundTrips = new Set<(isThrough: boolean) => void>();
  private running?: Promise<void>;
  private readonly closing = new AbortController();

  constructor(
    private readonly options: LinkOptions,
    private readonly events: LinkEvents,
  ) {
    this.interests = new NatsInterests(options, {
      receive: (data) => {
        events.receive(data);
      },
      roundTrip: () => this.roundTrip(),
      reach: () => events.reach(),
      late: () => {
        events.late();
      },
    });
  }

  /** As many bytes as NATS carries in one piece. */
  get maxPayload(): number {
    return this.connection?.info?.max_payload ?? Infinity;
  }

  /** Whether it is one of several NATS servers, of which others may be connected to another. */
  get isClustered(): boolean {
    return this.connection?.info?.cluster !== undefined;
  }

  open(): void {
    this.running ??= this.run();
  }

  /** Never throws. */
  publish(subject: string, bytes: Uint8Array): void {
    if (!this.isUp) return;
    try {
      this.connection?.publish(`${this.options.prefix}.${subject}`, bytes);
      this.options.messages.add();
      this.options.bytes.add(bytes.length);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Resolves when NATS has had all that was said, and what it had to say until then is heard. @returns false: the connection was lost */
  roundTrip(): Promise<boolean> {
    const { connection } = this;
    if (!connection) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (isThrough: boolean): void => {
        this.roundTrips.delete(end);
        resolve(isThrough);
      };
      this.roundTrips.add(end);
      void flushed(connection).then(end);
    });
  }

  /** Whether anybody listens to the subject, as far as NATS knows: true where it does not say within the time. Never fails. */
  async isListenedTo(subject: string, timeoutMs: number): Promise<boolean> {
    try {
      await this.connection?.request(`${this.options.prefix}.${subject}`, undefined, { timeout: timeoutMs });
      return true;
    } catch (error) {
      // To what is empty nobody answers.
      return !(error instanceof RequestError && error.isNoResponders());
    }
  }

  /** What was published before leaves first, as far as NATS takes it; what is published from now on does not. */
  async close(): Promise<void> {
    this.isUp = false;
    this.closing.abort();
    const late = wait(CLOSE_MS, undefined, { ref: false });
    await Promise.race([this.roundTrip(), late]);
    await this.connection?.close();
    await Promise.race([this.running, late]);
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      const connection = await this.dial();
      if (connection) await this.follow(connection);
      await wait(betweenAttemptsMs(), undefined, { signal }).catch(() => undefined);
    }
  }

  private async dial(): Promise<NatsConnection | undefined> {
    try {
      const connection = await dial(this.options.connection, this.closing.signal);
      if (!this.closing.signal.aborted) return connection;
      await connection.close();
    } catch (error) {
      if (!this.closing.signal.aborted) this.fail(error);
    }
    return undefined;
  }

  /** Until it is lost. */
  private async follow(connection: NatsConnection): Promise<void> {
    this.connection = connection;
    this.interests.attach(connection);
    void this.arrive();
    for await (const status of connection.status()) {
      if (status.type === 'error') this.fail(status.error);
      if (status.type === 'disconnect' || status.type === 'staleConnection') this.leave();
      // Without waiting: it waits for this loop to end.
      if (status.type === 'staleConnection') void connection.close();
    }
    this.leave();
  }

  private async arrive(): Promise<void> {
    const stands = await this.roundTrip();
    if (!stands || this.closing.signal.aborted) return;
    this.isUp = true;
    this.lastFailure = '';
    this.events.up();
  }

  private leave(): void {
    this.connection = undefined;
    this.interests.detach();
    for (const end of this.roundTrips) end(false);
    if (!this.isUp) return;
    this.isUp = false;
    this.events.down();
  }

  private fail(error: unknown): void {
    const failure = String(error);
    if (failure === this.lastFailure) return;
    this.lastFailure = failure;
    this.events.failed(error);
  }
}

async function flushed(connection: NatsConnection): Promise<boolean> {
  try {
    await connection.flush();
    return true;
  } catch {
    // It is lost, of which `down` tells.
    return false;
  }
}

import { readConfig } from '../../src/config/read-config.js';
import type { BusWatcher } from '../../src/delivery/bus/bus.js';
import { NatsBus, type NatsBusOptions } from '../../src/delivery/bus/nats-bus.js';
import { Metrics } from '../../src/domain/metrics.js';
import { eventually } from './eventually.js';

/** How often servers of these tests say that they are alive. */
export const BEACON_MS = 50;

/** How long what a dead server had under way may take, in these tests. */
const STATEMENT_MS = 100;

/** What became of a bus, in the order in which it was told; of others by their ids. */
export type Told = 'away' | 'interrupted' | `joined ${string}` | `farewell ${string}` | `silent ${string}`;

/** A bus over NATS as a server has it, and what it tells. */
export class TestBus extends NatsBus {
  readonly told: Told[] = [];
  readonly errors: unknown[];
  readonly counted: Metrics;
  private closed?: Promise<void>;

  constructor(options: Omit<NatsBusOptions, 'onUnreachable'>, onError?: (error: unknown) => void) {
    const [errors, metrics] = [[] as unknown[], new Metrics()];
    const note = (error: unknown): void => {
      errors.push(error);
      onError?.(error);
    };
    super({ ...options, onUnreachable: note }, { now: () => Date.now() }, metrics, note);
    this.errors = errors;
    this.counted = metrics;
    this.watch(this.watcher());
  }

  /** Like a server that goes away; once is enough. */
  close(): Promise<void> {
    return (this.closed ??= this.onApplicationShutdown());
  }

  private watcher(): BusWatcher {
    return {
      away: () => this.told.push('away'),
      interrupted: () => this.told.push('interrupted'),
      peerJoined: (id) => this.told.push(`joined ${id}`),
      peerGone: (id, { isFarewell }) => this.told.push(`${isFarewell ? 'farewell' : 'silent'} ${id}`),
    };
  }
}

/** Buses ask none; who has a bus must have one. */
const DATABASE_URL = 'postgresql://nowhere/parlance';

/** The database's, where a test says nothing else: as a migration makes it. */
export const IDENTITY = '0b6f3c1e-5a52-4f0e-9d3c-7a1d0e2b4c68';

/** Buses that a test opens, to be closed after it. */
export class NatsBuses {
  private readonly buses: TestBus[] = [];

  constructor(private readonly onError?: (error: unknown) => void) {}

  /** Has not begun to connect. @param settings what a server would be started with */
  make(url: string, settings: NodeJS.ProcessEnv = {}, identity = IDENTITY): TestBus {
    const { bus, server } = readConfig({
      ...{ DATABASE_URL, NATS_URL: url, BUS_BEACON_MS: `${BEACON_MS}` },
      ...settings,
    });
    const { nats, ...times } = bus;
    if (!nats) throw new Error('there is no NATS_URL');
    const options = { nats, ...times, identity, statementTimeoutMs: STATEMENT_MS, name: server.name };
    const made = new TestBus(options, this.onError);
    this.buses.push(made);
    return made;
  }

  /** All of them know one another. */
  async open(urls: readonly string[], settings: NodeJS.ProcessEnv = {}, identity = IDENTITY): Promise<TestBus[]> {
    const buses = urls.map((url) => this.make(url, settings, identity));
    await Promise.all(buses.map((bus) => bus.onApplicationBootstrap()));
    const others = buses.length - 1;
    await eventually(() => (buses.every(({ peers }) => peers.size === others) ? true : undefined), 'all peers');
    return buses;
  }

  async close(): Promise<void> {
    await Promise.all(this.buses.splice(0).map((bus) => bus.close()));
  }
}

import { Logger } from '@nestjs/common';

import type { Config } from '../config/config.js';
import type { Hub } from '../delivery/hub.js';
import type { CloseReason } from '../domain/close-reasons.js';
import { DomainEvents } from '../domain/domain-events.js';
import type { EphemeralEvent } from '../domain/events.js';
import type { Connections } from './connections.js';
import { Drain } from './drain.js';

describe('Drain', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  let journal: string[];
  let connections: Set<FakeConnection>;
  let answer: () => void;

  class FakeConnection {
    constructor(
      private readonly name: string,
      private readonly quiet: Promise<void> = Promise.resolve(),
      private readonly closesItself = true,
    ) {
      connections.add(this);
    }

    quiesce(): Promise<void> {
      return this.quiet;
    }

    tell(event: EphemeralEvent): void {
      journal.push(`${this.name} told ${event.type}`);
    }

    close({ code }: CloseReason): void {
      journal.push(`${this.name} closed ${code}`);
      if (this.closesItself) connections.delete(this);
    }

    terminate(): void {
      journal.push(`${this.name} terminated`);
      connections.delete(this);
    }
  }

  beforeEach(() => {
    journal = [];
    connections = new Set();
  });

  function drainOf(times: { delayMs: number; durationMs: number }): Drain {
    const events = new DomainEvents((error) => {
      throw error;
    });
    events.on('drainStarted', () => journal.push('started'));
    const registry = {
      [Symbol.iterator]: () => connections.values(),
      get size() {
        return connections.size;
      },
      emptied: () => (connections.size === 0 ? Promise.resolve() : new Promise<void>(() => undefined)),
    };
    const hub = {
      written: () => Promise.resolve(),
      settled: async () => {
        journal.push('settled');
      },
    };
    return new Drain(registry as unknown as Connections, hub as unknown as Hub, events, { drain: times } as Config);
  }

  it('tells each connection when to come back, closes it with 1012, and has the cursors written last', async () => {
    new FakeConnection('a');
    const drain = drainOf({ delayMs: 0, durationMs: 0 });
    expect(drain.started).toBe(false);
    await drain.beforeApplicationShutdown();
    expect(drain.started).toBe(true);
    expect(journal).toEqual(['started', 'a told reconnect', 'a closed 1012', 'settled']);
  });

  it('is done once, however often it is asked for', async () => {
    const drain = drainOf({ delayMs: 0, durationMs: 0 });
    await drain.beforeApplicationShutdown();
    await drain.beforeApplicationShutdown();
    expect(journal).toEqual(['started', 'settled']);
  });

  it('lets connections go one after the other, in the order of their opening', async () => {
    for (const name of ['a', 'b', 'c']) new FakeConnection(name);
    await drainOf({ delayMs: 5, durationMs: 60 }).beforeApplicationShutdown();
    expect(journal.filter((entry) => entry.endsWith('1012'))).toEqual([
      'a closed 1012',
      'b closed 1012',
      'c closed 1012',
    ]);
  });

  it('waits for the answers to what was asked', async () => {
    new FakeConnection('a', new Promise<void>((resolve) => (answer = resolve)));
    const drained = drainOf({ delayMs: 0, durationMs: 0 }).beforeApplicationShutdown();
    await new Promise(setImmediate);
    expect(journal).toEqual(['started']);
    answer();
    await drained;
    expect(journal).toContain('a closed 1012');
  });

  it('waits for nothing when it has to hurry', async () => {
    new FakeConnection('a', new Promise<void>(() => undefined), false);
    const drain = drainOf({ delayMs: 3_600_000, durationMs: 3_600_000 });
    const drained = drain.beforeApplicationShutdown();
    drain.hurry();
    await drained;
    expect(journal).toEqual(['started', 'a told reconnect', 'a closed 1012', 'a terminated', 'settled']);
  });
});

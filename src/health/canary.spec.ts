import { setImmediate as tick } from 'node:timers/promises';
import { readConfig } from '../config/read-config.js';
import type { Database } from '../database/database.js';
import { LocalBus } from '../delivery/bus/local-bus.js';
import { Canary } from './canary.js';

/** A bus that can be cut off: what is published then reaches nobody. */
class CutBus extends LocalBus {
  isCut = false;
  override isConnected = true;
  published = 0;

  override publish(...args: Parameters<LocalBus['publish']>): void {
    this.published += 1;
    if (!this.isCut) super.publish(...args);
  }
}

const silent = (error: unknown): never => {
  throw error;
};

describe('Canary', () => {
  const config = readConfig({ SERVER_NAME: 'one', READY_TIMEOUT_MS: '50' });
  const query = jest.fn<Promise<unknown[]>, unknown[]>();
  let bus: CutBus;
  let canary: Canary;

  const canaryOn = (shared: CutBus): Canary => {
    const made = new Canary({ query } as unknown as Database, shared, { now: () => 1_000_000_000 }, config);
    made.onModuleInit();
    return made;
  };

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    query.mockReset().mockResolvedValue([]);
    bus = new CutBus(silent);
    canary = canaryOn(bus);
  });

  afterEach(() => {
    canary.onApplicationShutdown();
    jest.useRealTimers();
  });

  /** What a canary comes to that hangs until its time is up. */
  async function fateAfterTimeout(): Promise<unknown> {
    const fate = canary.fate();
    await tick();
    await jest.advanceTimersByTimeAsync(50);
    return fate;
  }

  it('comes back when it is written and heard', async () => {
    expect(await canary.fate()).toBeUndefined();
    expect(query.mock.calls[0]?.[1]).toEqual(['one', 1_000_000_000, 1_000_000_000 - 86_400_000]);
  });

  it('stays in a database that refuses it, and is not published', async () => {
    query.mockRejectedValue(new Error('gone'));
    expect(await canary.fate()).toBe('database away');
    expect(bus.published).toBe(0);
  });

  it('stays in a database that does not answer', async () => {
    query.mockReturnValue(new Promise(() => undefined));
    expect(await fateAfterTimeout()).toBe('database away');
  });

  it('stays on a bus that carries nothing', async () => {
    bus.isCut = true;
    expect(await fateAfterTimeout()).toBe('bus away');
  });

  it('is not published on a bus that is known to be away', async () => {
    bus.isConnected = false;
    expect(await canary.fate()).toBe('bus away');
    expect(bus.published).toBe(0);
  });

  it('is not taken for one of another server of that name', async () => {
    const other = canaryOn(bus);
    bus.isCut = true;
    const fate = canary.fate();
    await tick();
    bus.isCut = false;
    expect(await other.fate()).toBeUndefined();
    await jest.advanceTimersByTimeAsync(50);
    expect(await fate).toBe('bus away');
    other.onApplicationShutdown();
  });

  it('is shared by all who ask meanwhile and within a second', async () => {
    await Promise.all(Array.from({ length: 100 }, () => canary.fate()));
    jest.advanceTimersByTime(999);
    await canary.fate();
    expect(query).toHaveBeenCalledTimes(1);

    jest.advanceTimersByTime(1);
    await canary.fate();
    expect(query).toHaveBeenCalledTimes(2);
  });

  it('hears nothing more once the server has stopped', async () => {
    canary.onApplicationShutdown();
    expect(await fateAfterTimeout()).toBe('bus away');
  });
});

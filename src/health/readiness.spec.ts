import type { Bus, BusWatcher } from '../delivery/bus/bus.js';
import { DomainEvents } from '../domain/domain-events.js';
import type { Canary } from './canary.js';
import { Readiness } from './readiness.js';

describe('Readiness', () => {
  let events: DomainEvents;
  let bus: { isConnected: boolean; watch: Bus['watch'] };
  let watchers: Set<BusWatcher>;

  beforeEach(() => {
    watchers = new Set();
    bus = {
      isConnected: false,
      watch: (watcher) => {
        watchers.add(watcher);
        return () => watchers.delete(watcher);
      },
    };
    events = new DomainEvents((error) => {
      throw error;
    });
  });

  function readiness(fate: Canary['fate']): Readiness {
    const made = new Readiness({ fate } as Canary, bus as Bus, events);
    made.onModuleInit();
    return made;
  }

  function interrupt(): void {
    for (const watcher of watchers) watcher.interrupted?.();
  }

  describe('health', () => {
    it('has no obstacle while the canary comes back', async () => {
      expect(await readiness(async () => undefined).health()).toEqual({ isBusAway: false });
    });

    it('has the database as an obstacle, whatever was before', async () => {
      const fate = jest.fn<ReturnType<Canary['fate']>, []>();
      const asked = readiness(fate);
      fate.mockResolvedValueOnce(undefined).mockResolvedValueOnce('database away');
      await asked.health();
      expect(await asked.health()).toEqual({ obstacle: 'database away', isBusAway: false });
    });

    it('waits for the bus until it was there once', async () => {
      const asked = readiness(async () => 'bus away');
      expect(await asked.health()).toEqual({ obstacle: 'bus away', isBusAway: true });
      expect(await asked.health()).toEqual({ obstacle: 'bus away', isBusAway: true });
    });

    it('only says so where the bus is away later', async () => {
      const fate = jest.fn<ReturnType<Canary['fate']>, []>();
      const asked = readiness(fate);
      fate.mockResolvedValueOnce(undefined).mockResolvedValueOnce('bus away');
      await asked.health();
      expect(await asked.health()).toEqual({ isBusAway: true });
    });

    it('only says so also where nobody asked while the bus was there', async () => {
      const asked = readiness(async () => 'bus away');
      expect(await asked.health()).toEqual({ obstacle: 'bus away', isBusAway: true });
      bus.isConnected = true;
      interrupt();
      bus.isConnected = false;
      expect(await asked.health()).toEqual({ isBusAway: true });
    });

    it('does not take what is told of a bus that is away for its return', async () => {
      const asked = readiness(async () => 'bus away');
      interrupt();
      expect(await asked.health()).toEqual({ obstacle: 'bus away', isBusAway: true });
    });

    it('has the drain as an obstacle from its first moment, and no canary is sent', async () => {
      const fate = jest.fn(async () => undefined);
      const draining = readiness(fate);
      events.emit('drainStarted', undefined);
      expect(await draining.health()).toEqual({ obstacle: 'draining', isBusAway: false });
      expect(fate).not.toHaveBeenCalled();
    });

    it('has the drain as an obstacle also where that begins while the canary is under way', async () => {
      const draining = readiness(async () => {
        events.emit('drainStarted', undefined);
        return undefined;
      });
      expect(await draining.health()).toEqual({ obstacle: 'draining', isBusAway: false });
    });
  });

  it('watches the bus no more once the server is down', () => {
    const ended = readiness(async () => undefined);
    expect(watchers.size).toBe(1);
    ended.onApplicationShutdown();
    expect(watchers.size).toBe(0);
  });
});

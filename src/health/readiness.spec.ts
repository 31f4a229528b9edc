import { DomainEvents } from '../domain/domain-events.js';
import type { Canary } from './canary.js';
import { Readiness } from './readiness.js';

describe('Readiness', () => {
  let events: DomainEvents;

  beforeEach(() => {
    events = new DomainEvents((error) => {
      throw error;
    });
  });

  function readiness(fate: Canary['fate']): Readiness {
    return new Readiness({ fate } as Canary, events);
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
});

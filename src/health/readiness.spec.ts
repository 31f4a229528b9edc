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

  describe('obstacle', () => {
    it('is none while the canary comes back', async () => {
      expect(await readiness(async () => undefined).obstacle()).toBeUndefined();
    });

    it.each(['database away', 'bus away'] as const)('is where the canary stayed: %s', async (fate) => {
      expect(await readiness(async () => fate).obstacle()).toBe(fate);
    });

    it('is the drain from its first moment, and no canary is sent', async () => {
      const fate = jest.fn(async () => undefined);
      const draining = readiness(fate);
      events.emit('drainStarted', undefined);
      expect(await draining.obstacle()).toBe('draining');
      expect(fate).not.toHaveBeenCalled();
    });

    it('is the drain also where that begins while the canary is under way', async () => {
      const draining = readiness(async () => {
        events.emit('drainStarted', undefined);
        return undefined;
      });
      expect(await draining.obstacle()).toBe('draining');
    });
  });
});

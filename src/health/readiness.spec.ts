import type { Database } from '../database/database.js';
import { DomainEvents } from '../domain/domain-events.js';
import { Readiness } from './readiness.js';

describe('Readiness', () => {
  const events = new DomainEvents((error) => {
    throw error;
  });

  function readiness(query: () => Promise<unknown>): Readiness {
    return new Readiness({ query } as unknown as Database, events);
  }

  describe('obstacle', () => {
    it('is none while the database answers', async () => {
      expect(await readiness(async () => [{}]).obstacle()).toBeUndefined();
    });

    it('is a database that is away', async () => {
      expect(await readiness(() => Promise.reject(new Error('gone'))).obstacle()).toBe('database away');
    });

    it('is a database that does not answer in time', async () => {
      expect(await readiness(() => new Promise(() => undefined)).obstacle()).toBe('database away');
    });

    it('is the drain from its first moment', async () => {
      const draining = readiness(async () => [{}]);
      events.emit('drainStarted', undefined);
      expect(await draining.obstacle()).toBe('draining');
    });
  });
});

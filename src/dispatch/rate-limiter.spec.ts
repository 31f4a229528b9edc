import { FakeSharedLimits } from '../../test/support/fake-shared-limits.js';
import { Clock } from '../domain/clock.js';
import { Metrics } from '../domain/metrics.js';
import { RateLimiter } from './rate-limiter.js';

class MovedClock extends Clock {
  ms = 1_000_000;

  now(): number {
    return this.ms;
  }
}

describe('RateLimiter', () => {
  const clock = new MovedClock();
  let limiter: RateLimiter;
  let metrics: Metrics;
  let shared: FakeSharedLimits;

  beforeEach(() => {
    metrics = new Metrics();
    shared = new FakeSharedLimits(true);
    limiter = new RateLimiter(clock, { rateLimitFrames: 10, maxJsonDepth: 64 }, metrics, shared);
    limiter.onModuleInit();
  });

  function burst(userId: string): number[] {
    return Array.from({ length: 20 }, () => limiter.take(userId));
  }

  describe('take', () => {
    it('lets a burst of two seconds pass and no more', () => {
      expect(burst('User1')).toEqual(Array<number>(20).fill(0));
      expect(limiter.take('User1')).toBe(100);
    });

    it('counts what it does not let pass', () => {
      burst('User1');
      expect(metrics.rateLimited.value).toBe(0);
      limiter.take('User1');
      limiter.take('User2');
      limiter.take('User1');
      expect(metrics.rateLimited.value).toBe(2);
    });

    it('lets the next one pass after the time it told', () => {
      burst('User1');
      clock.ms += limiter.take('User1');
      expect(limiter.take('User1')).toBe(0);
      expect(limiter.take('User1')).toBe(100);
    });

    it('counts each user alone', () => {
      burst('User1');
      expect(limiter.take('User2')).toBe(0);
    });

    it('is not moved by a clock that is set back', () => {
      burst('User1');
      clock.ms -= 60_000;
      expect(limiter.take('User1')).toBe(100);
      clock.ms += 100;
      expect(limiter.take('User1')).toBe(0);
    });
  });

  describe('sweep', () => {
    it('forgets users whose bucket is full again, and only those', () => {
      burst('User1');
      limiter.take('User2');
      clock.ms += 1_000;
      limiter.sweep();
      limiter.sweep();
      expect(limiter.size).toBe(1);
      clock.ms += 1_000;
      limiter.sweep();
      limiter.sweep();
      expect(limiter.size).toBe(0);
    });
  });

  describe('over several servers', () => {
    const RATE = 100;

    beforeEach(() => {
      limiter = new RateLimiter(clock, { rateLimitFrames: RATE, maxJsonDepth: 64 }, metrics, shared);
      limiter.onModuleInit();
    });

    const take = (times: number): number => {
      let passed = 0;
      for (let taken = 0; taken < times; taken += 1) if (limiter.take('User1') === 0) passed += 1;
      return passed;
    };
    const hear = (frames: number) => {
      shared.hear({ limit: 'frames', userId: 'User1', frames });
    };

    it('tells of a tenth of a second’s frames together, and of fewer nothing', () => {
      take(9);
      expect(shared.told).toEqual([]);
      take(11);
      expect(shared.told).toEqual([
        { limit: 'frames', userId: 'User1', frames: 10 },
        { limit: 'frames', userId: 'User1', frames: 10 },
      ]);
    });

    it('does not tell of what it lets nobody send', () => {
      take(10 * RATE);
      expect(shared.told).toHaveLength(20);
    });

    it('takes off what others tell', () => {
      hear(150);
      expect(take(RATE)).toBe(50);
      take(20);
      hear(10);
      clock.ms += 100;
      expect(take(RATE)).toBe(0);
      clock.ms += 100;
      expect(take(RATE)).toBe(10);
    });

    it('lets nobody wait for longer than it takes to fill the bucket', () => {
      hear(1_000_000);
      expect(limiter.take('User1')).toBe(2_010);
    });

    it('leaves others alone', () => {
      hear(200);
      expect(limiter.take('User2')).toBe(0);
    });

    it('hears nothing any more after the end', () => {
      limiter.onApplicationShutdown();
      hear(200);
      expect(take(1)).toBe(1);
    });

    it('tells nobody where there is nobody', () => {
      const alone = new FakeSharedLimits();
      const limits = { rateLimitFrames: RATE, maxJsonDepth: 64 };
      limiter = new RateLimiter(clock, limits, metrics, alone);
      expect(take(1_000)).toBe(200);
      expect(alone.told).toEqual([]);
    });
  });
});

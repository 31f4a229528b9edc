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

  beforeEach(() => {
    metrics = new Metrics();
    limiter = new RateLimiter(clock, { rateLimitFrames: 10, maxJsonDepth: 64 }, metrics);
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
});

import { RecentFailures } from './recent-failures.js';

describe('RecentFailures', () => {
  let now: number;
  let failures: RecentFailures;

  beforeEach(() => {
    now = 1_000_000;
    failures = new RecentFailures({ now: () => now }, 3, 2);
  });

  function fail(key: string, times: number): void {
    for (let time = 0; time < times; time += 1) {
      failures.add(key);
      now += 1_000;
    }
  }

  it('lets so many pass within a minute, and each after that when one is a minute old', () => {
    fail('a', 2);
    expect(failures.waitMs('a')).toBe(0);
    fail('a', 1);
    expect(failures.waitMs('a')).toBe(57_000);

    now += 57_000;
    expect(failures.waitMs('a')).toBe(0);
    failures.add('a');
    expect(failures.waitMs('a')).toBe(1_000);
  });

  it('counts each by itself', () => {
    fail('a', 3);
    expect(failures.waitMs('b')).toBe(0);
  });

  it('gives the place of one back that was none', () => {
    fail('a', 2);
    const at = failures.add('a');
    failures.takeBack('a', at);
    expect(failures.waitMs('a')).toBe(0);
    failures.add('a');
    expect(failures.waitMs('a')).toBeGreaterThan(0);
  });

  it('forgets whoever has not failed for a minute, and first of too many the one longest ago', () => {
    fail('a', 3);
    fail('b', 1);
    fail('a', 1);
    fail('c', 3);
    expect(failures.size).toBe(2);
    expect(failures.waitMs('a')).toBeGreaterThan(0);

    now += 60_000;
    for (const key of ['a', 'b', 'c']) expect(failures.waitMs(key)).toBe(0);
    expect(failures.size).toBe(0);
  });
});

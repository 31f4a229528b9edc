import type { Clock } from '../../domain/clock.js';
import { GracePeriods } from './grace-periods.js';

const clock: Clock = { now: () => Date.now() };

describe('GracePeriods', () => {
  let ended: (readonly string[])[];
  let grace: GracePeriods;

  beforeEach(() => {
    jest.useFakeTimers();
    ended = [];
    grace = new GracePeriods(clock, 100, (userIds) => ended.push(userIds));
  });

  afterEach(() => {
    grace.freeze();
    jest.useRealTimers();
  });

  it('ends each in its time, with one timer', () => {
    grace.begin('User1');
    jest.advanceTimersByTime(40);
    grace.begin('User2');
    grace.begin('User3');
    expect(jest.getTimerCount()).toBe(1);

    jest.advanceTimersByTime(60);
    expect(ended).toEqual([['User1']]);
    jest.advanceTimersByTime(40);
    expect(ended).toEqual([['User1'], ['User2', 'User3']]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not end what was cancelled', () => {
    grace.begin('User1');
    grace.cancel('User1');
    jest.advanceTimersByTime(200);

    expect(ended).toEqual([]);
    expect(grace.has('User1')).toBe(false);
  });

  it('begins anew for whom it had begun', () => {
    grace.begin('User1');
    jest.advanceTimersByTime(60);
    grace.begin('User1');
    jest.advanceTimersByTime(60);
    expect(ended).toEqual([]);
    jest.advanceTimersByTime(40);
    expect(ended).toEqual([['User1']]);
  });

  it('ends those together that would end within a hundredth of it, and none early', () => {
    grace = new GracePeriods(clock, 1_000, (userIds) => ended.push(userIds));
    for (const userId of ['User1', 'User2', 'User3']) {
      grace.begin(userId);
      jest.advanceTimersByTime(3);
    }
    jest.advanceTimersByTime(1_000);
    expect(ended).toEqual([['User1']]);

    jest.advanceTimersByTime(1);
    expect(ended).toEqual([['User1'], ['User2', 'User3']]);
  });

  it('leaves no timer behind', () => {
    grace.begin('User1');
    grace.freeze();
    expect(jest.getTimerCount()).toBe(0);
  });
});

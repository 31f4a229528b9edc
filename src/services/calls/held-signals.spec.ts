import type { Signal } from '../../domain/calls.js';
import { RateLimitedError } from '../../domain/errors.js';
import { HeldSignals, SIGNAL_OVERHEAD } from './held-signals.js';

const bounds = { signals: 2, size: 10, waitMs: 100 };

function signal(dataJson: string, callId = 'call_1'): Signal {
  return { callId, from: 'User1', dataJson };
}

function refusalOf(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('HeldSignals', () => {
  it('gives back what waits for a user in a call, oldest first', () => {
    const held = new HeldSignals(bounds);
    held.add(signal('1'), 'User2', 0);
    held.add(signal('2'), 'User2', 0);
    const [queue] = held.queuesOf('User2');
    if (!queue) throw new Error('nothing waits');
    const first = held.first(queue, 0);
    expect(first?.dataJson).toBe('1');
    held.remove(queue, signal('2'));
    expect(held.first(queue, 0)).toBe(first);
    if (first) held.remove(queue, first);

    expect(held.first(queue, 0)?.dataJson).toBe('2');
  });

  it('keeps calls and users apart', () => {
    const held = new HeldSignals(bounds);
    held.add(signal('1', 'call_1'), 'User2', 0);
    held.add(signal('2', 'call_2'), 'User2', 0);
    held.add(signal('3', 'call_1'), 'User3', 0);

    expect(held.queuesOf('User2').map(({ callId }) => callId)).toEqual(['call_1', 'call_2']);
    expect(held.queueOf('call_1', 'User3')?.waiting).toHaveLength(1);
    expect(held.queueOf('call_2', 'User3')).toBeUndefined();
    expect(held.all()).toHaveLength(3);
  });

  it('has no queue left once nothing waits', () => {
    const held = new HeldSignals(bounds);
    const only = signal('1');
    held.add(only, 'User2', 0);
    const queue = held.queueOf('call_1', 'User2');
    if (queue) held.remove(queue, only);

    expect(held.isEmpty).toBe(true);
    expect(held.all()).toEqual([]);
  });

  it('drops what has waited long enough', () => {
    const held = new HeldSignals(bounds);
    held.add(signal('1'), 'User2', 0);
    held.add(signal('2'), 'User2', 50);
    const [queue] = held.all();
    if (!queue) throw new Error('nothing waits');

    expect(held.first(queue, 99)?.dataJson).toBe('1');
    expect(held.first(queue, 100)?.dataJson).toBe('2');
    expect(held.first(queue, 150)).toBeUndefined();
    expect(held.isEmpty).toBe(true);
  });

  it.each([
    ['of too many for one user in one call', ['1', '2'], '3'],
    ['of too much for one user in one call', ['12345678'], '123'],
  ])('refuses what would be one %s, until the oldest has gone', (_name, before, next) => {
    const held = new HeldSignals(bounds);
    for (const data of before) held.add(signal(data), 'User2', 0);
    const refusal = refusalOf(() => {
      held.add(signal(next), 'User2', 40);
    });

    expect(refusal).toBeInstanceOf(RateLimitedError);
    expect(refusal).toMatchObject({ details: { retryAfterMs: 60 } });
    held.add(signal(next), 'User3', 40);
    held.add(signal(next), 'User2', 100);
    expect(held.queueOf('call_1', 'User2')?.waiting.map(({ signal: { dataJson } }) => dataJson)).toEqual([next]);
  });

  it('refuses what does not fit beside all that waits for others', () => {
    const held = new HeldSignals(bounds, 2 * SIGNAL_OVERHEAD + 12);
    held.add(signal('1234567890'), 'User2', 0);
    const add = (): void => {
      held.add(signal('123'), 'User3', 0);
    };
    expect(refusalOf(add)).toBeInstanceOf(RateLimitedError);
    const [queue] = held.all();
    if (queue) held.first(queue, 100);

    expect(refusalOf(add)).toBeUndefined();
  });

  it('counts that a signal is there, however short it is', () => {
    const held = new HeldSignals(bounds, 2 * SIGNAL_OVERHEAD);
    const addFor = (userId: string) => () => {
      held.add(signal(''), userId, 0);
    };
    expect([addFor('User2'), addFor('User3')].map(refusalOf)).toEqual([undefined, undefined]);
    expect(refusalOf(addFor('User4'))).toBeInstanceOf(RateLimitedError);
  });
});

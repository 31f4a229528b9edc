import type { Bus, Subscription } from '../bus/bus.js';
import { HeardPatterns } from './heard-patterns.js';

describe('HeardPatterns', () => {
  let heard: Map<string, () => void>;
  let patterns: HeardPatterns<string>;

  beforeEach(() => {
    heard = new Map();
    const subscribe = (subject: string): Subscription => {
      expect(heard.has(subject)).toBe(false);
      const ready = new Promise<void>((resolve) => heard.set(subject, resolve));
      return { ready, end: () => heard.delete(subject) };
    };
    patterns = new HeardPatterns({ subscribe } as unknown as Bus);
  });

  it('listens as long as somebody has the pattern', () => {
    patterns.add('a.*', 'Ann');
    patterns.add('a.*', 'Bob');
    patterns.add('user.Ann', 'Ann');
    expect([...heard.keys()]).toEqual(['topic.a.*', 'own.user.Ann']);
    patterns.remove('a.*', 'Ann');
    patterns.remove('a.*', 'Ann');
    expect(heard.has('topic.a.*')).toBe(true);
    patterns.remove('a.*', 'Bob');
    patterns.remove('user.Ann', 'Ann');
    expect([heard.size, patterns.trie.isEmpty]).toEqual([0, true]);
  });

  it('is ready when the server hears all of them', async () => {
    patterns.add('a', 'Ann');
    patterns.add('b', 'Bob');
    let isReady = false;
    const waiting = patterns.ready(['a', 'b']).then(() => (isReady = true));
    heard.get('topic.a')?.();
    await Promise.resolve();
    expect(isReady).toBe(false);
    heard.get('topic.b')?.();
    await waiting;
  });
});

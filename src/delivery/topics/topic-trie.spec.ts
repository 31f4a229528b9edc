import fc from 'fast-check';

import { isTopic, isTopicPattern, patternMatches } from '../../domain/topic-patterns.js';
import { TopicTrie } from './topic-trie.js';

const words = ['a', 'b', 'user', 'presence', '$a'];
const topics = fc
  .array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 })
  .map(joined)
  .filter(isTopic);
const patterns = fc
  .array(fc.constantFrom(...words, '*', '>'), { minLength: 1, maxLength: 4 })
  .map(joined)
  .filter(isTopicPattern);
const subscriptions = fc.array(fc.record({ pattern: patterns, subscriber: fc.nat(5) }), { maxLength: 40 });

function joined(segments: readonly string[]): string {
  return segments.join('.');
}

function visitedBy(trie: TopicTrie<number>, topic: string): number[] {
  const visited: number[] = [];
  trie.match(topic, (subscriber) => visited.push(subscriber));
  return visited.sort();
}

describe('TopicTrie', () => {
  it('finds whose patterns match, each once', () => {
    fc.assert(
      fc.property(subscriptions, fc.array(topics, { minLength: 1 }), (subscribed, published) => {
        const trie = new TopicTrie<number>();
        for (const { pattern, subscriber } of subscribed) trie.add(pattern, subscriber);
        for (const topic of published) {
          const matching = subscribed.filter(({ pattern }) => patternMatches(pattern, topic));
          expect(visitedBy(trie, topic)).toEqual([...new Set(matching.map(({ subscriber }) => subscriber))].sort());
        }
      }),
    );
  });

  it('forgets what is removed, and that alone', () => {
    fc.assert(
      fc.property(subscriptions, subscriptions, topics, (kept, removed, topic) => {
        const [trie, other] = [new TopicTrie<number>(), new TopicTrie<number>()];
        for (const { pattern, subscriber } of [...removed, ...kept]) trie.add(pattern, subscriber);
        for (const { pattern, subscriber } of removed) trie.remove(pattern, subscriber);
        for (const { pattern, subscriber } of kept) trie.add(pattern, subscriber);
        for (const { pattern, subscriber } of kept) other.add(pattern, subscriber);
        expect(visitedBy(trie, topic)).toEqual(visitedBy(other, topic));
      }),
    );
  });

  it('keeps nothing of what was', () => {
    fc.assert(
      fc.property(subscriptions, (subscribed) => {
        const trie = new TopicTrie<number>();
        for (const { pattern, subscriber } of subscribed) trie.add(pattern, subscriber);
        for (const { pattern, subscriber } of subscribed) trie.remove(pattern, subscriber);
        expect(trie.isEmpty).toBe(true);
      }),
    );
  });

  it('passes over the removal of what is not there', () => {
    const trie = new TopicTrie<number>();
    trie.add('a.b', 1);
    for (const pattern of ['a', 'a.b.c', 'a.*', 'x']) trie.remove(pattern, 1);
    trie.remove('a.b', 2);
    expect(visitedBy(trie, 'a.b')).toEqual([1]);
  });
});

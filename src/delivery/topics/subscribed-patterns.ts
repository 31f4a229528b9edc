import { patternMatches } from '../../domain/topic-patterns.js';
import type { SessionSubscription } from '../../domain/topics.js';
import type { TopicTrie } from './topic-trie.js';

/** The patterns of one subscriber, in the trie of all and by themselves. */
export class SubscribedPatterns<S> {
  /** With the newest number when each began, in the order in which they were added. */
  private readonly since = new Map<string, number>();
  private readonly wildcards = new Set<string>();

  constructor(
    private readonly trie: TopicTrie<S>,
    private readonly subscriber: S,
  ) {}

  get size(): number {
    return this.since.size;
  }

  has(pattern: string): boolean {
    return this.since.has(pattern);
  }

  matches(topic: string): boolean {
    if (this.since.has(topic)) return true;
    for (const pattern of this.wildcards) if (patternMatches(pattern, topic)) return true;
    return false;
  }

  names(): readonly string[] {
    return [...this.since.keys()];
  }

  all(): readonly SessionSubscription[] {
    return Array.from(this.since, ([pattern, since]) => ({ pattern, since }));
  }

  /** One that is there already stays as it is. */
  add(pattern: string, since: number): void {
    if (this.since.has(pattern)) return;
    this.since.set(pattern, since);
    if (/[*>]/.test(pattern)) this.wildcards.add(pattern);
    this.trie.add(pattern, this.subscriber);
  }

  /** @returns whether it was there */
  remove(pattern: string): boolean {
    if (!this.since.delete(pattern)) return false;
    this.wildcards.delete(pattern);
    this.trie.remove(pattern, this.subscriber);
    return true;
  }
}

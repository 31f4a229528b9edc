import { patternMatches } from '../../domain/topic-patterns.js';
import type { SessionSubscription } from '../../domain/topics.js';
import type { TopicTrie } from './topic-trie.js';

/** The beginning of a subscription whose beginning has yet to be found out: nothing of history is for it. */
export const NOT_BEGUN = Number.MAX_SAFE_INTEGER;

/** The patterns of one subscriber, in the trie of all and by themselves. */
export class SubscribedPatterns<S> {
  /** With the newest number when each began, in the order in which they were added. */
  private readonly since = new Map<string, number>();
  private readonly wildcards = new Set<string>();

  constructor(
    private readonly trie: Pick<TopicTrie<S>, 'add' | 'remove'>,
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

  /** Whether one of them matches the topic that began before the message of this number. */
  want(topic: string, number: number): boolean {
    if ((this.since.get(topic) ?? NOT_BEGUN) < number) return true;
    for (const pattern of this.wildcards) {
      if ((this.since.get(pattern) ?? NOT_BEGUN) < number && patternMatches(pattern, topic)) return true;
    }
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

  /** Of one that has not begun it is known now since when it counts. */
  begin(pattern: string, since: number): void {
    if (this.since.get(pattern) === NOT_BEGUN) this.since.set(pattern, since);
  }

  /** @returns whether it was there */
  remove(pattern: string): boolean {
    if (!this.since.delete(pattern)) return false;
    this.wildcards.delete(pattern);
    this.trie.remove(pattern, this.subscriber);
    return true;
  }
}

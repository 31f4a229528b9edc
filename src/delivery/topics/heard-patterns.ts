import type { Bus, Subscription } from '../bus/bus.js';
import { topicSubject } from '../bus/subjects.js';
import { TopicTrie } from './topic-trie.js';

/** Who is subscribed to what here, and this server's interest in it: in each pattern as long as somebody has it. */
export class HeardPatterns<S> {
  readonly trie = new TopicTrie<S>();
  private readonly subscriptions = new Map<string, Subscription>();

  constructor(private readonly bus: Bus) {}

  add(pattern: string, subscriber: S): boolean {
    const isFirst = this.trie.add(pattern, subscriber);
    if (isFirst) this.subscriptions.set(pattern, this.bus.subscribe(topicSubject(pattern)));
    return isFirst;
  }

  remove(pattern: string, subscriber: S): boolean {
    const wasLast = this.trie.remove(pattern, subscriber);
    if (!wasLast) return false;
    this.subscriptions.get(pattern)?.end();
    this.subscriptions.delete(pattern);
    return true;
  }

  /** Resolves once all that is published from then on comes in. */
  async ready(patterns: readonly string[]): Promise<void> {
    await Promise.all(patterns.flatMap((pattern) => this.subscriptions.get(pattern)?.ready ?? []));
  }
}

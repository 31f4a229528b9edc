import type { Subscriptions } from '../../../src/domain/topics.js';

/** What a connection is subscribed to, by whole topics only. */
export class FakeSubscriptions implements Subscriptions {
  private readonly topics = new Set<string>();

  get size(): number {
    return this.topics.size;
  }

  has(pattern: string): boolean {
    return this.topics.has(pattern);
  }

  matches(topic: string): boolean {
    return this.topics.has(topic);
  }

  patterns(): readonly string[] {
    return [...this.topics];
  }

  add(patterns: readonly string[]): void {
    for (const pattern of patterns) this.topics.add(pattern);
  }

  remove(patterns: readonly string[]): readonly string[] {
    return patterns.filter((pattern) => this.topics.delete(pattern));
  }
}

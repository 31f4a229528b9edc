import { isReservedTopic } from '../../domain/topic-patterns.js';

/** Segment by segment: what may follow, and who wants what has been said so far. */
class Node<S> {
  /** By the next segment; `*` and `>` stand beside the words, which no topic has as segments. */
  next?: Map<string, Node<S>>;
  subscribers?: Set<S>;

  get isEmpty(): boolean {
    return !this.next && !this.subscribers;
  }
}

/**
 * Who is subscribed to what. Finding the subscribers of a topic costs what matches it, not what is subscribed: at most three
 * ways lead on from each of its segments.
 */
export class TopicTrie<S> {
  private readonly root = new Node<S>();

  /** Whether nothing is subscribed: nothing is kept of what once was. */
  get isEmpty(): boolean {
    return this.root.isEmpty;
  }

  /** @returns whether it is the first who is subscribed to the pattern */
  add(pattern: string, subscriber: S): boolean {
    let node = this.root;
    for (const segment of pattern.split('.')) {
      node.next ??= new Map();
      let next = node.next.get(segment);
      if (!next) node.next.set(segment, (next = new Node()));
      node = next;
    }
    const isFirst = node.subscribers === undefined;
    (node.subscribers ??= new Set()).add(subscriber);
    return isFirst;
  }

  /** What is not there is passed over. @returns whether it was the last who was subscribed to the pattern */
  remove(pattern: string, subscriber: S): boolean {
    return this.removeBelow(this.root, pattern.split('.'), 0, subscriber);
  }

  /** Visits each subscriber once, however many of its patterns match. Nobody may be added or removed meanwhile. */
  match(topic: string, visit: (subscriber: S) => void): void {
    const matching: Set<S>[] = [];
    this.collect(this.root, { segments: topic.split('.'), isReserved: isReservedTopic(topic) }, 0, matching);
    const [first, ...others] = matching;
    if (!first) return;
    if (others.length > 0) visitOnce(matching, visit);
    else for (const subscriber of first) visit(subscriber);
  }

  /** Each pattern that somebody is subscribed to, with how many are: in no particular order, and looking at all. */
  *patterns(): Generator<readonly [pattern: string, subscribers: number]> {
    yield* patternsBelow(this.root, '');
  }

  private collect(
    node: Node<S>,
    topic: { readonly segments: readonly string[]; readonly isReserved: boolean },
    place: number,
    matching: Set<S>[],
  ): void {
    const segment = topic.segments[place];
    if (segment === undefined) {
      if (node.subscribers) matching.push(node.subscribers);
      return;
    }
    if (!node.next) return;
    const word = node.next.get(segment);
    if (word) this.collect(word, topic, place + 1, matching);
    if (place === 0 && topic.isReserved) return;
    const any = node.next.get('*');
    if (any) this.collect(any, topic, place + 1, matching);
    const rest = node.next.get('>')?.subscribers;
    if (rest) matching.push(rest);
  }

  private removeBelow(node: Node<S>, segments: readonly string[], place: number, subscriber: S): boolean {
    const segment = segments[place];
    if (segment === undefined) {
      if (!node.subscribers?.delete(subscriber) || node.subscribers.size > 0) return false;
      node.subscribers = undefined;
      return true;
    }
    const next = node.next?.get(segment);
    if (!node.next || !next) return false;
    const wasLast = this.removeBelow(next, segments, place + 1, subscriber);
    if (next.isEmpty) node.next.delete(segment);
    if (node.next.size === 0) node.next = undefined;
    return wasLast;
  }
}

function* patternsBelow<S>(node: Node<S>, before: string): Generator<readonly [string, number]> {
  for (const [segment, next] of node.next ?? []) {
    const pattern = before === '' ? segment : `${before}.${segment}`;
    if (next.subscribers) yield [pattern, next.subscribers.size];
    yield* patternsBelow(next, pattern);
  }
}

/** The largest set is not copied: of a crowd and some who listen to everything only the latter cost more. */
function visitOnce<S>(matching: Set<S>[], visit: (subscriber: S) => void): void {
  const largest = matching.reduce((a, b) => (b.size > a.size ? b : a));
  const visited = new Set<S>();
  for (const subscriber of largest) visit(subscriber);
  for (const subscribers of matching) {
    if (subscribers === largest) continue;
    for (const subscriber of subscribers) {
      if (largest.has(subscriber) || visited.has(subscriber)) continue;
      visited.add(subscriber);
      visit(subscriber);
    }
  }
}

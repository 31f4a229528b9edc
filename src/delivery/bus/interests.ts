import { TopicTrie } from '../topics/topic-trie.js';

/** Ends with `>`, or has a segment `*`. */
const PATTERN = /(^|\.)(\*(\.|$)|>$)/;

/** Subjects and patterns of subjects, counted. Where there is no pattern a look costs one lookup. */
export class Interests {
  private readonly counts = new Map<string, number>();
  private readonly patterns = new TopicTrie<string>();

  add(subject: string): void {
    const count = this.counts.get(subject) ?? 0;
    this.counts.set(subject, count + 1);
    if (count === 0 && PATTERN.test(subject)) this.patterns.add(subject, subject);
  }

  remove(subject: string): void {
    const left = (this.counts.get(subject) ?? 1) - 1;
    if (left > 0) {
      this.counts.set(subject, left);
      return;
    }
    this.counts.delete(subject);
    if (PATTERN.test(subject)) this.patterns.remove(subject, subject);
  }

  has(subject: string): boolean {
    return this.counts.has(subject) || (!this.patterns.isEmpty && this.isMatched(subject));
  }

  private isMatched(subject: string): boolean {
    let isMatched = false;
    this.patterns.match(subject, () => (isMatched = true));
    return isMatched;
  }
}

import { SharedLimits, type Spending } from '../../src/domain/shared-limits.js';

/** What a server tells others of its limits, and what a test tells it. */
export class FakeSharedLimits extends SharedLimits {
  readonly told: Spending[] = [];
  private readonly listeners = new Set<(spending: Spending) => void>();

  constructor(readonly isShared = false) {
    super();
  }

  tell(spending: Spending): void {
    this.told.push(spending);
  }

  onTold(listener: (spending: Spending) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Another server has told that. */
  hear(spending: Spending): void {
    for (const listener of this.listeners) listener(spending);
  }
}

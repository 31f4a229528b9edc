import type { BusMessage, BusWatcher } from '../../../src/delivery/bus/bus.js';
import { LocalBus } from '../../../src/delivery/bus/local-bus.js';

/** What may become of a message: it comes, is lost, comes twice, or comes after the next one. */
export type Fate = 'comes' | 'lost' | 'twice' | 'late';

/** A bus that treats each message of other servers as it is told; without word it delivers. */
export class LossyBus extends LocalBus {
  override readonly isLossless = false;
  fates: Fate[] = [];
  private readonly watchers = new Set<BusWatcher>();
  private late?: { readonly subjects: readonly string[]; readonly message: BusMessage };

  override watch(watcher: BusWatcher = {}): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Says that something was lost. */
  interrupt(): void {
    for (const watcher of this.watchers) watcher.interrupted?.();
  }

  /** What another server says comes. */
  bring(subjects: readonly string[], message: BusMessage): void {
    super.publish(subjects, message);
  }

  override publish(subjects: readonly string[], message: BusMessage): void {
    const fate = isOwn(message) ? 'comes' : (this.fates.shift() ?? 'comes');
    const before = this.late;
    this.late = fate === 'late' ? { subjects, message } : undefined;
    if (fate === 'comes' || fate === 'twice') super.publish(subjects, message);
    if (fate === 'twice') super.publish(subjects, message);
    if (before) super.publish(before.subjects, before.message);
  }
}

/** What a connection of this server has done. */
function isOwn(message: BusMessage): boolean {
  return message.kind === 'changes' && message.changes.some(({ origin }) => origin.connectionId !== undefined);
}

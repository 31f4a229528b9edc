import type { BusMessage, BusWatcher } from '../../../src/delivery/bus/bus.js';
import { LocalBus } from '../../../src/delivery/bus/local-bus.js';

/** What becomes of a message on its way to another server. A late one comes after the next that comes. */
export type Passage = 'comes' | 'lost' | 'late';

/** The servers of one process on one bus, which loses what a test says. What a server tells itself comes always. */
export class Wire {
  readonly buses: WiredBus[] = [];
  passage: (message: BusMessage, to: WiredBus) => Passage = () => 'comes';
  private readonly late = new Map<WiredBus, (() => void)[]>();

  join(newcomer: WiredBus): void {
    for (const bus of this.buses) {
      bus.peers.add(newcomer.serverId);
      newcomer.peers.add(bus.serverId);
    }
    this.buses.push(newcomer);
  }

  carry(from: WiredBus, subjects: readonly string[], message: BusMessage): void {
    if (!from.isConnected) return;
    for (const to of this.buses) {
      if (to === from || !to.isConnected) continue;
      // As bytes would bring it.
      const copy = JSON.parse(JSON.stringify(message)) as BusMessage;
      this.pass(this.passage(message, to), to, () => {
        to.bring(subjects, copy);
      });
    }
  }

  private pass(passage: Passage, to: WiredBus, bring: () => void): void {
    const late = this.late.get(to) ?? [];
    this.late.set(to, late);
    if (passage === 'late') late.push(bring);
    if (passage !== 'comes') return;
    bring();
    for (const each of late.splice(0)) each();
  }
}

/** A bus of several servers without anything between them, and with what can happen to one that has. */
export class WiredBus extends LocalBus {
  static wire = new Wire();
  override readonly isLossless = false;
  override isConnected = true;
  override readonly peers = new Set<string>();
  private readonly wire = WiredBus.wire;
  private readonly watchers = new Set<BusWatcher>();

  constructor(onError: (error: unknown) => void) {
    super(onError);
    this.wire.join(this);
  }

  override publish(subjects: readonly string[], message: BusMessage): void {
    super.publish(subjects, message);
    this.wire.carry(this, subjects, message);
  }

  override watch(watcher: BusWatcher = {}): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** What another server has told. */
  bring(subjects: readonly string[], message: BusMessage): void {
    super.publish(subjects, message);
  }

  cut(): void {
    this.isConnected = false;
    for (const watcher of this.watchers) watcher.away?.();
  }

  mend(): void {
    this.isConnected = true;
    for (const bus of this.wire.buses) bus.interrupt();
  }

  interrupt(): void {
    for (const watcher of this.watchers) watcher.interrupted?.();
  }
}

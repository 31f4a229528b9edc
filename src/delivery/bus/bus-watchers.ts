import type { BusWatcher, Parting } from './bus.js';

/** All who watch a bus: one that throws keeps nothing from the others. */
export class BusWatchers implements Required<BusWatcher> {
  private readonly watchers = new Set<BusWatcher>();

  constructor(private readonly onError: (error: unknown) => void) {}

  add(watcher: BusWatcher): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  away(): void {
    this.each((watcher) => watcher.away?.());
  }

  interrupted(): void {
    this.each((watcher) => watcher.interrupted?.());
  }

  peerJoined(server: string): void {
    this.each((watcher) => watcher.peerJoined?.(server));
  }

  peerGone(server: string, parting: Parting): void {
    this.each((watcher) => watcher.peerGone?.(server, parting));
  }

  private each(tell: (watcher: BusWatcher) => void): void {
    for (const watcher of this.watchers) {
      try {
        tell(watcher);
      } catch (error) {
        this.onError(error);
      }
    }
  }
}

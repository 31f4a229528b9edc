import type { ChannelDirectory } from '../log/channel-directory.js';
import type { Arrivals } from './arrivals.js';
import type { Bus, Subscription } from './bus/bus.js';
import { chatSubject } from './bus/subjects.js';

/** That one channel is listened to. */
interface Interest {
  readonly subscription: Subscription;
  /** Since when, in the count of arrivals. */
  readonly since: number;
}

/** This server's interest in what happens in channels: in all of them, while somebody here follows channels, else in none. */
export class ChannelInterest {
  private readonly interests = new Map<number, Interest>();
  private isWanted = false;
  private whenReady?: Promise<unknown>;

  constructor(
    private readonly bus: Bus,
    private readonly channels: Pick<ChannelDirectory, 'all' | 'byId'>,
    private readonly arrivals: Arrivals,
  ) {}

  /** Begins where it has not begun. */
  begin(): void {
    if (this.isWanted) return;
    this.isWanted = true;
    this.meet();
  }

  end(): void {
    this.isWanted = false;
    for (const chatId of [...this.interests.keys()]) this.drop(chatId);
  }

  /** Takes in channels that are new. */
  meet(): void {
    if (!this.isWanted) return;
    for (const { id } of this.channels.all()) {
      if (this.interests.has(id)) continue;
      this.interests.set(id, { subscription: this.bus.subscribe(chatSubject(id)), since: this.arrivals.next() });
      this.whenReady = undefined;
    }
  }

  /** Lets go of channels that are gone. */
  part(): void {
    for (const chatId of [...this.interests.keys()]) if (!this.channels.byId(chatId)) this.drop(chatId);
  }

  since(chatId: number): number | undefined {
    return this.interests.get(chatId)?.since;
  }

  /** Resolves once all that happens from then on comes in. */
  async ready(): Promise<void> {
    // Many connections wait for the same channels.
    const waiting = (this.whenReady ??= this.allReady());
    try {
      await waiting;
    } catch (error) {
      if (this.whenReady === waiting) this.whenReady = undefined;
      throw error;
    }
  }

  private allReady(): Promise<unknown> {
    return Promise.all(Array.from(this.interests.values(), ({ subscription }) => subscription.ready));
  }

  private drop(chatId: number): void {
    this.interests.get(chatId)?.subscription.end();
    this.interests.delete(chatId);
    this.whenReady = undefined;
  }
}

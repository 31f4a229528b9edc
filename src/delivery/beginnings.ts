import { START, type Position } from '../domain/chat.js';
import type { FeedServices } from './feed-services.js';
import { followedChannels } from './followed-channels.js';
import type { Reader } from './reader.js';
import { sharesCursor } from './shares-cursor.js';

/**
 * Where the channels stood when a connection began whose cursor says too much, because others share it: an unnamed one, which follows
 * them all. What the bus loses later is for it from there on, whatever the others have had meanwhile.
 */
export class Beginnings {
  private static readonly none = new Beginnings();

  /** @param positions by channel; absent: the cursor tells well enough */
  private constructor(private readonly positions?: ReadonlyMap<number, Position>) {}

  get isKept(): boolean {
    return this.positions !== undefined;
  }

  get channels(): readonly number[] {
    return this.positions ? [...this.positions.keys()] : [];
  }

  /** Undefined where that is not kept. A channel that was not there was made since: all of it is for the connection. */
  of(chatId: number): Position | undefined {
    return this.positions && (this.positions.get(chatId) ?? START);
  }

  /**
   * To be read before the log is asked for what is new to the device. Where the bus loses nothing, nobody will ask for them.
   * @throws UnavailableError while the database is away
   */
  static async read({ dialect, outlet }: Reader, services: FeedServices): Promise<Beginnings> {
    const isNeeded = sharesCursor(outlet) && dialect.followsChannels === 'all' && !services.isBusLossless;
    if (!isNeeded) return Beginnings.none;
    const channels = followedChannels(dialect, outlet, services.channels) ?? [];
    const heads = channels.length > 0 ? await services.reader.heads(channels) : [];
    return new Beginnings(new Map(heads.map(({ chatId, position }) => [chatId, position])));
  }
}

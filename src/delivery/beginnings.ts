import { START, type Position } from '../domain/chat.js';
import type { FeedServices } from './feed-services.js';
import { followedChannels } from './followed-channels.js';
import type { Reader } from './reader.js';
import { sharesCursor } from './shares-cursor.js';

/**
 * Where the channels stood when a connection began that follows them all. What another server tells late, of before that, is no news to
 * it. And where its cursor says too much, because others share it (an unnamed one), what the bus loses later is for it from there on,
 * whatever the others have had meanwhile.
 */
export class Beginnings {
  static readonly none = new Beginnings();

  /**
   * @param positions by channel; absent: not kept
   * @param replaceCursor the connection has had what came before, and of what came since only what it was sent itself
   */
  private constructor(
    private readonly positions?: ReadonlyMap<number, Position>,
    readonly replaceCursor = false,
  ) {}

  get channels(): readonly number[] {
    return this.positions ? [...this.positions.keys()] : [];
  }

  /** Undefined where that is not kept, and of a channel of which this server had not heard. */
  stoodAt(chatId: number): Position | undefined {
    return this.positions?.get(chatId);
  }

  /** Undefined where that is not kept. A channel that was not there was made since: all of it is for the connection. */
  of(chatId: number): Position | undefined {
    return this.positions && (this.stoodAt(chatId) ?? START);
  }

  /**
   * To be read as soon as the connection may be told anything: what comes from then on is for it. Where the bus loses nothing, nobody will
   * ask for them.
   * @throws UnavailableError while the database is away
   */
  static async read({ dialect, outlet }: Reader, services: FeedServices): Promise<Beginnings> {
    if (dialect.followsChannels !== 'all' || services.isBusLossless) return Beginnings.none;
    const channels = followedChannels(dialect, outlet, services.channels) ?? [];
    const heads = channels.length > 0 ? await services.reader.heads(channels) : [];
    const positions = new Map(heads.map(({ chatId, position }) => [chatId, position]));
    return new Beginnings(positions, sharesCursor(outlet));
  }
}

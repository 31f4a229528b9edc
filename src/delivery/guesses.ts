import type { ChatAddress, Position } from '../domain/chat.js';
import type { FeedServices } from './feed-services.js';
import type { Reader } from './reader.js';
import { sharesCursor } from './shares-cursor.js';

const NONE: ReadonlyMap<number, Position> = new Map();

/**
 * The chats of which one connection was told live before the log has said where it stands in them. What came live may have been late: from
 * before the device's cursor. Of a chat that is not news to the device, its cursor has reached where the chat stood before that was asked.
 */
export class Guesses {
  /** Absent before the first: most connections have none, ever. */
  private chats?: Set<number>;

  constructor(
    private readonly reader: Reader,
    private readonly services: FeedServices,
  ) {}

  add(chat: ChatAddress): void {
    if (this.isOwnCursorAsked(chat)) (this.chats ??= new Set()).add(chat.id);
  }

  has(chatId: number): boolean {
    return this.chats?.has(chatId) ?? false;
  }

  /**
   * Where they stand. To be read before the log is asked what is new to the device.
   * @param asked the chats that it is asked about; absent: all
   * @throws UnavailableError while the database is away
   */
  async heads(asked?: ReadonlySet<number>): Promise<ReadonlyMap<number, Position>> {
    if (!this.chats) return NONE;
    const guessed = [...this.chats].filter((chatId) => this.isAsked(chatId));
    this.chats = guessed.length > 0 ? new Set(guessed) : undefined;
    const chatIds = asked ? guessed.filter((chatId) => asked.has(chatId)) : guessed;
    if (chatIds.length === 0) return NONE;
    const heads = await this.services.reader.heads(chatIds);
    return new Map(heads.map(({ chatId, position }) => [chatId, position]));
  }

  /** Of a channel that is gone by now the log is not asked. */
  private isAsked(chatId: number): boolean {
    const isGone = this.reader.dialect.followsChannels === 'all' && !this.services.channels.byId(chatId);
    return !isGone && this.reader.window.track(chatId)?.assumed === true;
  }

  /** A cursor that others share may be ahead of this connection, and one that began after the connection is. */
  private isOwnCursorAsked(chat: ChatAddress): boolean {
    const { outlet } = this.reader;
    if (this.services.isBusLossless || sharesCursor(outlet) || outlet.deviceId === undefined) return false;
    return chat.kind === 'channel' ? this.isChannelAsked(chat.id) : this.reader.dialect.showsDialogs;
  }

  private isChannelAsked(chatId: number): boolean {
    switch (this.reader.dialect.followsChannels) {
      case 'joined':
        return true;
      case 'all':
        return this.services.channels.byId(chatId) !== undefined;
      case 'subscribed':
        return false;
    }
  }
}

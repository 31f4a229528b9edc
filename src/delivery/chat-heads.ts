import type { Position } from '../domain/chat.js';
import type { CatchUpFrom, ChatHead } from '../log/log-reader.js';
import { matchesByName } from './channel-topics.js';
import { followedChannels } from './followed-channels.js';
import type { FeedServices } from './feed-services.js';
import type { IntroducedDevice } from './introduced-device.js';
import type { LogPages } from './log-pages.js';
import { earlierOf, isBeyond } from './positions.js';
import type { Reader } from './reader.js';

/** Finds the chats in which something has happened that the device of one connection has not had: those are to be read then. */
export class ChatHeads {
  /** How often they were asked for, and the last of these times that was answered. */
  private asked = 1;
  private answered = 0;
  /** The chats whose heads are wanted; absent: all of them are. */
  private doubted?: Set<number>;
  private isClosed = false;
  private isReading = false;
  /** Channels that it begins to follow now: where, is being found out. */
  private readonly beginning = new Set<number>();

  constructor(
    private readonly reader: Reader,
    private readonly services: FeedServices,
    private readonly device: Pick<IntroducedDevice, 'deviceId' | 'introduced'>,
    private readonly pages: Pick<LogPages, 'want'>,
  ) {}

  /** Before that, where a chat not yet followed stands is a guess. */
  areKnown(): boolean {
    return this.answered === this.asked;
  }

  /** Something may have happened in a chat that is not followed yet. */
  want(): void {
    this.doubted = undefined;
    this.asked += 1;
  }

  /** The same of this chat alone, which is a dialog or a group. */
  wantOne(chatId: number): void {
    if (this.areKnown()) this.doubted = new Set();
    this.doubted?.add(chatId);
    this.asked += 1;
  }

  /**
   * Where a chat stands is guessed by what was heard of it. Where the bus may have lost what came before, an answer that is under way, and
   * may be older than that, does not prove the guess: the chat is asked for once more.
   */
  guessed(chatId: number): void {
    if (!this.isReading || this.services.isBusLossless) return;
    if (this.services.channels.byId(chatId)) this.want();
    else this.wantOne(chatId);
  }

  /**
   * Finds the chats in which something has happened that the device has not had.
   * @param interested resolves once all that happens from then on comes in
   */
  async read(interested: () => Promise<void>): Promise<void> {
    this.isReading = true;
    try {
      await this.readAll(interested);
    } finally {
      this.isReading = false;
    }
  }

  /** Whether the connection is about to follow the channel, from where it stands by then. */
  isBeginning(chatId: number): boolean {
    return this.beginning.has(chatId);
  }

  /** The connection is gone: what is being read is not told any more. */
  close(): void {
    this.isClosed = true;
  }

  /** Finds out where channels stand, to follow them from there. Of a session that is written when this resolves. */
  async follow(chatIds: readonly number[]): Promise<void> {
    const { outlet, window } = this.reader;
    for (const chatId of chatIds) this.beginning.add(chatId);
    try {
      if (outlet.session) await this.device.introduced();
      const heads = await this.services.reader.heads(chatIds);
      if (!this.isClosed) for (const { chatId, position } of heads) window.follow(chatId, position);
    } finally {
      for (const chatId of chatIds) this.beginning.delete(chatId);
    }
    if (outlet.session && this.device.deviceId !== undefined) await this.services.cursors.settled(this.device.deviceId);
  }

  private async readAll(interested: () => Promise<void>): Promise<void> {
    const { asked } = this;
    const chats = this.doubted && new Set(this.doubted);
    await interested();
    const deviceId = await this.device.introduced();
    if (deviceId === undefined) return;
    await this.services.cursors.settled(deviceId, chats);
    const [changed, heads] = chats
      ? [await this.changedAmong(deviceId, chats), []]
      : await Promise.all([this.changedChats(deviceId), this.headsOfKnown()]);
    const settled = new Map(heads.map(({ chatId, position }) => [chatId, position]));
    for (const from of changed) if (!this.isKnown(from, settled)) this.addChanged(from);
    for (const [chatId, position] of settled) this.addHead(chatId, position);
    this.answered = asked;
    // Asked for once more meanwhile: what was guessed stays a guess until that is answered.
    if (this.areKnown()) this.reader.window.settleRest();
  }

  /** None where it begins: nothing was sent on this connection yet. */
  private async headsOfKnown(): Promise<readonly ChatHead[]> {
    const chatIds = this.reader.window.settledChats;
    return chatIds.length > 0 ? this.services.reader.heads(chatIds) : [];
  }

  private async changedChats(deviceId: number): Promise<readonly CatchUpFrom[]> {
    const { dialect, outlet } = this.reader;
    const channels = followedChannels(dialect, outlet, this.services.channels);
    const byName = dialect.followsChannels === 'subscribed' && matchesByName(outlet.subscriptions);
    const scope = { channels, withChats: dialect.showsDialogs, byName };
    return this.services.reader.changedChats(deviceId, outlet.principal.userId, scope);
  }

  private changedAmong(deviceId: number, chats: ReadonlySet<number>): Promise<readonly CatchUpFrom[]> {
    return this.services.reader.changedAmong(deviceId, this.reader.outlet.principal.userId, [...chats]);
  }

  /**
   * A device seen for the first time begins where its chats stand when the log hears of it. Where the database was away at
   * the upgrade, that is after the connection has opened: what was heard in between is to be told too.
   */
  private addChanged({ chatId, position, ahead }: CatchUpFrom): void {
    if (this.beginning.has(chatId)) return;
    const { window } = this.reader;
    const known = window.track(chatId);
    const track = known ?? window.open(chatId, position);
    if (!known) window.settle(track, position, ahead);
    else if (known.assumed) window.settle(track, earlierOf(position, known.sent), ahead);
    this.pages.want(track, track.sent.change + 1);
  }

  /** What was sent and waits for its ack is above the cursor, and yet no news. */
  private isKnown({ chatId }: CatchUpFrom, heads: ReadonlyMap<number, Position>): boolean {
    return heads.has(chatId) && this.reader.window.track(chatId)?.assumed === false;
  }

  /** The device's cursor may be ahead of this connection, where another of the device's has had what this one lacks. */
  private addHead(chatId: number, position: Position): void {
    const track = this.reader.window.track(chatId);
    if (track && isBeyond(position, track.sent)) this.pages.want(track, position.change);
  }
}

import { START, type ChatAddress, type Position } from '../domain/chat.js';
import type { CatchUpFrom } from '../log/log-reader.js';
import { Beginnings } from './beginnings.js';
import { matchesByName } from './channel-topics.js';
import { followedChannels } from './followed-channels.js';
import type { FeedServices } from './feed-services.js';
import { Guesses } from './guesses.js';
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
  private readonly guesses: Guesses;
  /** Where the channels stood when the connection opened, while it is being found out. */
  private begun?: Promise<Beginnings>;
  /** The connection was open before that could be asked: from then on it was to be told too. */
  private isBegunLate: boolean;
  /** Absent until the log has answered for the first time. */
  private beginnings?: Beginnings;
  /** Channels that it begins to follow now: where, is being found out. */
  private readonly beginning = new Set<number>();

  constructor(
    private readonly reader: Reader,
    private readonly services: FeedServices,
    private readonly device: Pick<IntroducedDevice, 'deviceId' | 'introduced'>,
    private readonly pages: Pick<LogPages, 'want'>,
  ) {
    this.guesses = new Guesses(reader, services);
    this.isBegunLate = reader.outlet.deviceId === undefined;
  }

  /** Before that, where a chat not yet followed stands is a guess. */
  areKnown(): boolean {
    return this.answered === this.asked;
  }

  /** Something may have happened in a chat that is not followed yet. */
  want(): void {
    this.doubted = undefined;
    this.asked += 1;
  }

  /** The same of this chat: alone, which costs a fraction of asking for all, but for a channel. */
  wantIn(chatId: number): void {
    if (this.services.channels.byId(chatId)) {
      this.want();
      return;
    }
    if (this.areKnown()) this.doubted = new Set();
    this.doubted?.add(chatId);
    this.asked += 1;
  }

  /**
   * Where a chat stands is guessed by what was heard of it. Where the bus may have lost what came before, an answer that is under way, and
   * may be older than that, does not prove the guess: the chat is asked for once more.
   */
  guessed(chat: ChatAddress): void {
    this.guesses.add(chat);
    if (this.isReading && !this.services.isBusLossless) this.wantIn(chat.id);
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

  /** Where the chat stood when the connection opened, which is told of nothing from before that; undefined where that is not known. */
  begunAt(chatId: number): Position | undefined {
    return this.isBegunLate ? undefined : this.beginnings?.of(chatId);
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
    const [begun] = await Promise.all([this.readBeginnings(), interested()]);
    const deviceId = await this.device.introduced();
    if (deviceId === undefined) return;
    const known = chats ? [] : this.knownChats(begun);
    const guessed = await this.guesses.heads(chats);
    await this.services.cursors.settled(deviceId, chats);
    const [changed, heads] = await Promise.all([
      chats ? this.changedAmong(deviceId, chats) : this.changedChats(deviceId),
      known.length > 0 ? this.services.reader.heads(known) : [],
    ]);
    const settled = new Map(heads.map(({ chatId, position }) => [chatId, position]));
    // What was told live before the first answer is no guess to a connection that was open already when nobody could be asked.
    const better = this.isBegunLate && !this.beginnings ? Beginnings.none : begun;
    for (const from of changed) if (!this.isKnown(from, settled)) this.addChanged(from, better);
    this.beginnings = begun;
    this.begun = undefined;
    // Of a named connection, whose cursor tells more than where it began.
    for (const [chatId, position] of guessed) this.settleGuess(chatId, position);
    const begunIn = better.replaceCursor ? [...better.channels, ...settled.keys()] : [];
    for (const chatId of begunIn) this.settleGuess(chatId, better.of(chatId));
    for (const [chatId, position] of settled) this.addHead(chatId, position);
    this.answered = asked;
    // Asked for once more meanwhile: what was guessed stays a guess until that is answered.
    if (this.areKnown()) this.reader.window.settleRest();
  }

  /** Once: what came since an attempt that failed for another reason is for the connection too. */
  private readBeginnings(): Promise<Beginnings> {
    if (this.beginnings) return Promise.resolve(this.beginnings);
    this.begun ??= Beginnings.read(this.reader, this.services).catch((error: unknown) => {
      this.begun = undefined;
      this.isBegunLate = true;
      throw error;
    });
    return this.begun;
  }

  /** Of which it is known how far the connection has got. */
  private knownChats(begun: Beginnings): readonly number[] {
    const { window, dialect, outlet } = this.reader;
    if (!begun.replaceCursor) return window.settledChats;
    // A channel that was not there then was made since: or this server had not heard of it, which is not to be taken for that at once.
    const made = this.beginnings ? (followedChannels(dialect, outlet, this.services.channels) ?? []) : [];
    return [...new Set([...window.settledChats, ...begun.channels, ...made])];
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
  private addChanged({ chatId, position, ahead }: CatchUpFrom, begun: Beginnings): void {
    if (this.beginning.has(chatId)) return;
    const { window } = this.reader;
    const known = window.track(chatId);
    const place = this.placeOf(chatId, position, begun);
    const track = known ?? window.open(chatId, place);
    if (!known || known.assumed)
      window.settle(track, place, begun.replaceCursor ? hadBefore(begun, chatId, ahead) : ahead);
    this.pages.want(track, track.sent.change + 1);
  }

  /** Where the connection is in a chat in which the device has got to `cursor`, and of which it may have been told live already. */
  private placeOf(chatId: number, cursor: Position, begun: Beginnings): Position {
    const guess = this.guesses.has(chatId) ? undefined : this.reader.window.track(chatId)?.sent;
    const begunAt = begun.replaceCursor || guess ? begun.stoodAt(chatId) : undefined;
    return earlierOf(cursor, begunAt ?? guess ?? cursor);
  }

  /** What was sent and waits for its ack is above the cursor, and yet no news. */
  private isKnown({ chatId }: CatchUpFrom, heads: ReadonlyMap<number, Position>): boolean {
    if (!heads.has(chatId)) return false;
    return this.inPlaceOfCursor(chatId) !== undefined || this.reader.window.track(chatId)?.assumed === false;
  }

  private inPlaceOfCursor(chatId: number): Position | undefined {
    return this.beginnings?.replaceCursor ? this.beginnings.of(chatId) : undefined;
  }

  /** Where it is known that the connection stands is better than a guess, which may be from before that, or from behind what was lost. */
  private settleGuess(chatId: number, position: Position | undefined): void {
    const { window } = this.reader;
    const track = window.track(chatId);
    if (position && track?.assumed) window.settle(track, position, []);
  }

  /** The device's cursor may be ahead of this connection, where another of the device's has had what this one lacks. */
  private addHead(chatId: number, position: Position): void {
    const { window } = this.reader;
    const begun = this.inPlaceOfCursor(chatId);
    const isNew = begun && !window.track(chatId) && isBeyond(position, begun);
    const track = isNew ? window.open(chatId, begun) : window.track(chatId);
    if (track && isBeyond(position, track.sent)) this.pages.want(track, position.change);
  }
}

/** Of what a cursor says that others share: what the device had when the connection began. */
function hadBefore(begun: Beginnings, chatId: number, ahead: Iterable<number>): number[] {
  const { change } = begun.stoodAt(chatId) ?? START;
  return [...ahead].filter((had) => had <= change);
}

import type { Change, MemberBase, MessageSent, Origin } from '../../../src/domain/changes.js';
import { chatIdFor, MAX_AHEAD, START, type ChatAddress, type Position } from '../../../src/domain/chat.js';
import { UnavailableError } from '../../../src/domain/errors.js';
import type { DurableEvent } from '../../../src/domain/events.js';
import { positionAfter } from '../../../src/delivery/positions.js';
import { viewOf, type PushableChange } from '../../../src/delivery/view-of.js';
import type { CatchUpEvent } from '../../../src/log/catch-up-events.js';
import type { ConnectedDevice, CursorMove, DeviceArrival } from '../../../src/log/device-store.js';
import { timeOf } from './fake-dialect.js';
import type {
  CatchUpChat,
  CatchUpFrom,
  CatchUpPage,
  ChangedChatsScope,
  ChatHead,
  GroupStanding,
  SeatStanding,
} from '../../../src/log/log-reader.js';

interface FakeChat {
  readonly address: ChatAddress;
  readonly members: readonly string[];
  readonly changes: PushableChange[];
  readonly readTo: Map<string, number>;
}

type ChangeBase = Pick<Change, 'chat' | 'change' | 'newest' | 'at' | 'origin'>;

interface FakeReader {
  readonly viewer: string;
  readonly isFollower: boolean;
}

/** The log and the devices' cursors as delivery knows them, in memory, each answer a few turns of the loop late. */
export class FakeLog {
  isAway = false;
  /** Turns of the event loop that each answer takes, in a cycle. */
  delays: readonly number[] = [0];
  /** What was read back rather than pushed. */
  readonly readBack = new WeakSet<DurableEvent>();
  readonly catchUps: (readonly CatchUpFrom[])[] = [];
  readonly urgentReads: (readonly CatchUpFrom[])[] = [];
  /** Whose seats were asked for. */
  readonly seatReads: (readonly string[])[] = [];
  readonly departed: number[] = [];
  readonly arrivals: DeviceArrival[] = [];
  readonly scopes: ChangedChatsScope[] = [];
  /** Users whose tokens were revoked. */
  readonly revoked = new Set<string>();
  readonly banned = new Set<string>();
  /** Users who are not known yet, with the numbers that they will have. */
  readonly unseen = new Map<string, number>();
  private calls = 0;
  private readonly chats = new Map<number, FakeChat>();
  private readonly devices = new Map<string, number>();
  private readonly cursors = new Map<number, Map<number, { position: Position; ahead: readonly number[] }>>();

  add(address: ChatAddress, members: readonly string[]): ChatAddress {
    this.chats.set(address.id, { address, members, changes: [], readTo: new Map() });
    return address;
  }

  changesOf(chatId: number): readonly PushableChange[] {
    return this.chat(chatId).changes;
  }

  send(chatId: number, origin: Origin, isUrgent?: true): MessageSent {
    const chat = this.chat(chatId);
    const number = this.newest(chat) + 1;
    const message = { ...this.messageBy(origin, chatId, number), text: `m${number}`, isUrgent };
    const change = { ...this.next(chat, origin), newest: number, type: 'messageSent' as const, message, bases: [] };
    chat.changes.push(change);
    const told = chat.address.users ? chat.members : chat.members.filter((userId) => userId === origin.userId);
    const sent = { ...change, bases: told.map((userId) => this.baseOf(chat, userId)) };
    chat.changes[chat.changes.length - 1] = sent;
    return sent;
  }

  edit(chatId: number, origin: Origin): Change | undefined {
    const chat = this.chat(chatId);
    const number = this.newest(chat);
    if (number === 0) return undefined;
    const message = { ...this.messageBy(origin, chatId, number), text: 'edited' };
    const change = { ...this.next(chat, origin), type: 'messageEdited' as const, message };
    chat.changes.push(change);
    return change;
  }

  read(chatId: number, origin: Origin): Change | undefined {
    const chat = this.chat(chatId);
    const upTo = this.newest(chat);
    const before = chat.readTo.get(origin.userId) ?? 0;
    if (upTo === before) return undefined;
    chat.readTo.set(origin.userId, upTo);
    const covered = chat.changes.flatMap((each) => (each.type === 'messageSent' ? [each.message] : []));
    const authors = new Map<string, { number: number }>();
    for (const { number, sender } of covered) {
      if (number > before && sender !== origin.userId) authors.set(sender, { number });
    }
    const change = {
      ...this.next(chat, origin),
      type: 'chatMarked' as const,
      mark: 'read' as const,
      upTo: { number: upTo },
      authors: [...authors].map(([userId, message]) => ({ userId, message })),
      bases: [this.baseOf(chat, origin.userId)],
    };
    chat.changes.push(change);
    return change;
  }

  /** Whatever else may happen. */
  append<C extends PushableChange>(chatId: number, origin: Origin, make: (base: ChangeBase) => C): C {
    const chat = this.chat(chatId);
    const change = make(this.next(chat, origin));
    chat.changes.push(change);
    return change;
  }

  /** Messages of others up to `number` that were above the user's read mark when `change` was made. */
  missedAt(chatId: number, userId: string, number: number, change: number): number {
    const past = this.chat(chatId).changes.filter((each) => each.change <= change);
    let readTo = 0;
    for (const each of past) {
      if (each.type === 'chatMarked' && each.origin.userId === userId) readTo = each.upTo.number;
    }
    return past.filter(
      (each) =>
        each.type === 'messageSent' &&
        each.message.sender !== userId &&
        each.message.number > readTo &&
        each.message.number <= number,
    ).length;
  }

  /** What the user has to be told of a chat, but for what it did itself. */
  concerning(chatId: number, userId: string, asFollower = false): readonly PushableChange[] {
    const chat = this.chat(chatId);
    if (asFollower) return chat.changes.filter(({ type }) => chat.address.kind === 'channel' && type !== 'chatMarked');
    if (!chat.members.includes(userId)) return [];
    return chat.changes.filter((change) => viewOf(change, userId, 0) !== undefined);
  }

  cursorOf(deviceId: number, chatId: number): { position: Position; ahead: readonly number[] } | undefined {
    return this.cursors.get(deviceId)?.get(chatId);
  }

  async connect(arrival: DeviceArrival): Promise<ConnectedDevice> {
    this.arrivals.push(arrival);
    await this.answerTime();
    const { userId, dialect, device } = arrival;
    const number = this.unseen.get(userId);
    this.unseen.delete(userId);
    const user = { userNumber: number ?? 0, hasJoined: number !== undefined, isBanned: this.banned.has(userId) };
    if (this.revoked.has(userId)) return { ...user, isRevoked: true, deviceId: 0, introducedAs: 0 };
    const key = `${userId}/${dialect}/${device}`;
    const deviceId = this.devices.get(key) ?? this.devices.size + 1;
    this.devices.set(key, deviceId);
    return { ...user, isRevoked: false, deviceId, introducedAs: this.arrivals.length };
  }

  async disconnect(absences: readonly (readonly [deviceId: number, since: number])[]): Promise<void> {
    await this.answerTime();
    this.departed.push(...absences.map(([deviceId]) => deviceId));
  }

  async saveCursors(moves: readonly CursorMove[]): Promise<void> {
    await this.answerTime();
    for (const { deviceId, chatId, position, ahead } of moves) {
      const cursors = this.cursors.get(deviceId) ?? new Map<number, { position: Position; ahead: readonly number[] }>();
      const last = cursors.get(chatId) ?? { position: START, ahead: [] };
      const reached = position.change > last.position.change ? position : last.position;
      const had = new Set([...last.ahead, ...ahead].filter((change) => change > reached.change));
      cursors.set(chatId, { position: reached, ahead: [...had].sort((a, b) => a - b).slice(0, MAX_AHEAD) });
      this.cursors.set(deviceId, cursors);
    }
  }

  async changedChats(deviceId: number, userId: string, scope: ChangedChatsScope): Promise<CatchUpFrom[]> {
    this.scopes.push(scope);
    await this.answerTime();
    return [...this.chats.values()]
      .filter((chat) => isInScope(chat, userId, scope))
      .map((chat) => ({ chat, cursor: this.cursorOf(deviceId, chat.address.id) }))
      .filter(({ chat, cursor }) => chat.changes.length > (cursor?.position.change ?? 0))
      .map(({ chat, cursor }) => ({
        chatId: chat.address.id,
        position: cursor?.position ?? START,
        ahead: new Set(cursor?.ahead ?? []),
      }));
  }

  async changedAmong(deviceId: number, userId: string, chatIds: readonly number[]): Promise<CatchUpFrom[]> {
    const changed = await this.changedChats(deviceId, userId, { withChats: true });
    return changed.filter(({ chatId }) => chatIds.includes(chatId));
  }

  async heads(chatIds: readonly number[]): Promise<ChatHead[]> {
    await this.answerTime();
    const heads = chatIds.map((chatId) => {
      const newest = this.chat(chatId).changes.at(-1);
      return { chatId, position: newest ? positionAfter(newest) : START };
    });
    // What is committed while the answer is on its way is not in it.
    await this.answerTime();
    return heads;
  }

  async catchUp(
    viewer: string,
    from: readonly CatchUpFrom[],
    limit: number,
    { asFollower }: { readonly asFollower: boolean },
  ): Promise<CatchUpPage> {
    this.catchUps.push(from);
    await this.answerTime();
    const chats: CatchUpChat[] = [];
    let room = limit;
    for (const each of from) {
      const chat = this.chat(each.chatId);
      if (room === 0) break;
      const isFollower = asFollower && chat.address.kind === 'channel';
      if (!isFollower && !chat.members.includes(viewer)) continue;
      const page = this.pageOf(chat, { viewer, isFollower }, each, room);
      room -= page.events.length;
      chats.push(page);
    }
    // What is committed while the answer is on its way is not in it.
    await this.answerTime();
    return { chats };
  }

  async urgent(viewer: string, from: readonly CatchUpFrom[], limit: number): Promise<CatchUpChat[]> {
    this.urgentReads.push(from);
    await this.answerTime();
    const chats: CatchUpChat[] = [];
    let room = limit;
    for (const { chatId, position, ahead } of from) {
      const chat = this.chat(chatId);
      if (!chat.members.includes(viewer)) continue;
      const urgent = chat.changes
        .filter((each) => each.change > position.change && !ahead.has(each.change))
        .filter((each) => each.type === 'messageSent' && each.message.isUrgent && each.message.sender !== viewer)
        .slice(0, room);
      const events = urgent.flatMap((change) => this.eventOf(chat, { viewer, isFollower: false }, change) ?? []);
      room -= events.length;
      chats.push({ chat: chat.address, events, end: position, more: true });
    }
    await this.answerTime();
    return chats;
  }

  async groupsOf(userId: string): Promise<GroupStanding[]> {
    await this.answerTime();
    const groups = [...this.chats.values()].filter(
      ({ address, members }) => !address.users && members.includes(userId),
    );
    const standings = groups.map((chat) => ({
      chat: chat.address,
      change: chat.changes.length,
      base: this.baseOf(chat, userId).base,
      joinedNumber: 0,
    }));
    await this.answerTime();
    return standings;
  }

  async seatsIn(chatId: number, userIds: readonly string[]): Promise<SeatStanding[]> {
    this.seatReads.push(userIds);
    await this.answerTime();
    const chat = this.chat(chatId);
    const change = chat.changes.length;
    return userIds.map((userId) => {
      const isIn = chat.members.includes(userId);
      return { userId, change, inIt: isIn ? { base: this.baseOf(chat, userId).base, joinedNumber: 0 } : undefined };
    });
  }

  private pageOf(chat: FakeChat, reader: FakeReader, { position, ahead }: CatchUpFrom, room: number): CatchUpChat {
    const events: CatchUpEvent[] = [];
    for (const change of chat.changes) {
      if (change.change <= position.change || ahead.has(change.change)) continue;
      const event = this.eventOf(chat, reader, change);
      if (!event) continue;
      const last = events.at(-1);
      if (last && events.length === room) return { chat: chat.address, events, end: last.position, more: true };
      events.push(event);
    }
    const head = chat.changes.at(-1);
    return { chat: chat.address, events, end: head ? positionAfter(head) : START, more: false };
  }

  private eventOf(chat: FakeChat, reader: FakeReader, change: PushableChange): CatchUpEvent | undefined {
    const { viewer, isFollower } = reader;
    if (isFollower && change.type === 'chatMarked') return undefined;
    const view = isFollower ? { viewer, chatId: chatIdFor(chat.address, viewer) } : viewOf(change, viewer, 0);
    if (!view) return undefined;
    const now = chat.changes.length;
    const missed =
      change.type === 'messageSent' ? this.missedAt(change.chat.id, viewer, change.message.number, now) : view.missed;
    const event: DurableEvent =
      change.type === 'chatMarked'
        ? { type: 'chatMarked', mark: change.mark, userId: change.origin.userId, at: change.at }
        : { ...change };
    this.readBack.add(event);
    const chatId = chatIdFor(chat.address, viewer);
    return { change: change.change, position: positionAfter(change), event, view: { ...view, chatId, missed } };
  }

  private async answerTime(): Promise<void> {
    const turns = this.delays[this.calls++ % this.delays.length] ?? 0;
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    if (this.isAway) throw new UnavailableError('the database is away');
  }

  private chat(chatId: number): FakeChat {
    const chat = this.chats.get(chatId);
    if (!chat) throw new Error(`no chat ${chatId}`);
    return chat;
  }

  private next(chat: FakeChat, origin: Origin): ChangeBase {
    const change = chat.changes.length + 1;
    return { chat: chat.address, change, newest: this.newest(chat), at: timeOf(chat.address.id, change), origin };
  }

  private messageBy({ userId: sender }: Origin, chatId: number, number: number) {
    return { id: chatId * 1_000_000 + number, number, sender, kind: 'new' as const, createdAt: 0 };
  }

  private newest(chat: FakeChat): number {
    return chat.changes.at(-1)?.newest ?? 0;
  }

  private baseOf(chat: FakeChat, userId: string): MemberBase {
    const readTo = chat.readTo.get(userId) ?? 0;
    const own = chat.changes.filter(
      (each) => each.type === 'messageSent' && each.message.sender === userId && each.message.number > readTo,
    );
    return { userId, base: readTo + own.length };
  }
}

function isInScope(
  { address, members }: FakeChat,
  userId: string,
  { channels, withChats }: ChangedChatsScope,
): boolean {
  if (address.kind === 'channel' && channels) return channels.includes(address.id);
  return withChats && members.includes(userId);
}

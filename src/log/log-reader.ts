import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import type { ChatAddress, Position } from '../domain/chat.js';
import type { ChatState } from '../domain/events.js';
import { eventsOf, type CatchUpEvent, type CatchUpScene } from './catch-up-events.js';
import type { CatchUpRow, ChatDetail } from './catch-up-row.js';
import { addressOf, CHAT_COLUMNS, type ChatRow } from './chat-address.js';
import { readChatStates } from './chat-states.js';

/** From where a device has to be told of a chat. */
export interface CatchUpFrom {
  readonly chatId: number;
  readonly position: Position;
  /** Changes above the position that the device has had already. */
  readonly ahead: ReadonlySet<number>;
}

/** Which chats concern a device. */
export interface ChangedChatsScope {
  /**
   * The channels that it follows, whether or not its user is in them: those count then, and joined ones don't. Those that were deleted
   * since are told besides. Absent (an empty list says something else): it follows none, and what its user joined counts like groups.
   */
  readonly channels?: readonly number[];
  /** Dialogs and groups, too. */
  readonly withChats: boolean;
  /** The channels are followed by their names: of one that was renamed, and of which the device has had nothing, what came since. */
  readonly byName?: boolean;
}

export interface ChatHead {
  readonly chatId: number;
  readonly position: Position;
}

/** One chat's part of a page. */
export interface CatchUpChat {
  readonly chat: ChatAddress;
  readonly events: readonly CatchUpEvent[];
  /** All that concerns the viewer up to here is in `events`. */
  readonly end: Position;
  /** The log goes on behind `end`. */
  readonly more: boolean;
}

/** Chats that were asked for and are not here did not fit: ask again. */
export interface CatchUpPage {
  readonly chats: readonly CatchUpChat[];
}

export interface GroupStanding {
  readonly chat: ChatAddress;
  /** The chat's newest change when this was read. */
  readonly change: number;
  readonly base: number;
  /** The user sees the messages above it. */
  readonly joinedNumber: number;
}

export interface SeatStanding {
  readonly userId: string;
  /** The chat's newest change when this was read. */
  readonly change: number;
  /** Absent: the user is not in the chat. */
  readonly inIt?: Pick<GroupStanding, 'base' | 'joinedNumber'>;
}

/** Reads the log for delivery. Throws `UnavailableError` while the database is away. */
@Injectable()
export class LogReader {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** The chats that have anything above the device's cursor, with that cursor, in the order of their numbers. */
  async changedChats(
    deviceId: number,
    userId: string,
    { channels, withChats, byName = false }: ChangedChatsScope = { withChats: true },
  ): Promise<CatchUpFrom[]> {
    const rows = await this.database.query<ChangedRow>('select * from changed_chats($1, $2, $3, $4, $5)', [
      deviceId,
      userId,
      channels ?? null,
      withChats,
      byName,
    ]);
    return rows.sort((a, b) => a.o_chat - b.o_chat).map(fromOf);
  }

  /** The same of these dialogs and groups alone, in no order. */
  async changedAmong(deviceId: number, userId: string, chatIds: readonly number[]): Promise<CatchUpFrom[]> {
    const asked = [deviceId, userId, chatIds];
    return (await this.database.query<ChangedRow>('select * from changed_among($1, $2, $3)', asked)).map(fromOf);
  }

  /** Where chats stand, in no order; those that are unknown are left out. */
  async heads(chatIds: readonly number[]): Promise<ChatHead[]> {
    const rows = await this.database.query<{ chat_id: number; newest_change: number; newest_number: number }>(
      'select chat_id, newest_change, newest_number from heads where chat_id = any ($1)',
      [chatIds],
    );
    return rows.map(({ chat_id, newest_change, newest_number }) => ({
      chatId: chat_id,
      position: { change: newest_change, number: newest_number },
    }));
  }

  /**
   * What `viewer` has to be told of these chats, at most `limit` events, each chat in its order. Reads one snapshot; what is
   * committed after it comes with the next page. `asFollower`: channels are read whole, whether or not the viewer is in them, and what
   * describes them and their threads is told in the place of marks and of how the viewer stands.
   */
  async catchUp(
    viewer: string,
    from: readonly CatchUpFrom[],
    limit: number,
    { asFollower }: { readonly asFollower: boolean } = { asFollower: false },
  ): Promise<CatchUpPage> {
    const rows = await this.database.query<CatchUpRow>('select * from catch_up($1, $2, $3, $4, $5, $6, $7, $8)', [
      viewer,
      ...positionsOf(from),
      limit,
      this.config.limits.receiptMembers,
      asFollower,
    ]);
    const changed = rows.filter(({ what }) => what === 'state').map(({ chat_id }) => chat_id);
    const states = await readChatStates(this.database, viewer, changed);

    return { chats: chatsOf({ viewer, from, limit, asFollower, states }, rows) };
  }

  /**
   * What goes ahead of all else that `viewer` has to be told of these chats: urgent messages above the positions, at most `limit`,
   * each chat's oldest first. Their `position` means nothing, for they come before their turn.
   */
  async urgent(viewer: string, from: readonly CatchUpFrom[], limit: number): Promise<readonly CatchUpChat[]> {
    const rows = await this.database.query<CatchUpRow>('select * from urgent($1, $2, $3, $4, $5, $6)', [
      viewer,
      ...positionsOf(from),
      limit,
    ]);
    return chatsOf({ viewer, from, limit, asFollower: false, states: new Map() }, rows);
  }

  /** The message with this number among all messages, wherever it is; a deleted one too. */
  async findMessage(id: number): Promise<{ readonly chat: ChatAddress; readonly number: number } | undefined> {
    const [row] = await this.database.query<ChatRow & { readonly number: number }>(
      `select ${CHAT_COLUMNS}, number from (select chat_id, number from messages where id = $1) m join chats c on c.id = m.chat_id`,
      [id],
    );
    return row && { chat: addressOf(row), number: row.number };
  }

  /** The groups and channels that a user is in. */
  async groupsOf(userId: string): Promise<GroupStanding[]> {
    const rows = await this.database.query<ChatRow & { o_change: number; o_base: number; o_joined: number }>(
      'select * from groups_of($1)',
      [userId],
    );
    return rows.map((row) => ({
      chat: addressOf(row),
      change: row.o_change,
      base: row.o_base,
      joinedNumber: row.o_joined,
    }));
  }

  /** How these users stand in one group or channel: all of one moment. */
  async seatsIn(chatId: number, userIds: readonly string[]): Promise<SeatStanding[]> {
    const rows = await this.database.query<SeatRow>('select * from seats_in($1, $2)', [chatId, userIds]);
    return rows.map(({ o_user: userId, o_change: change, o_base: base, o_joined: joinedNumber }) => ({
      ...{ userId, change },
      inIt: base === null || joinedNumber === null ? undefined : { base, joinedNumber },
    }));
  }
}

interface ChangedRow {
  readonly o_chat: number;
  readonly o_change: number;
  readonly o_number: number;
  readonly o_ahead: readonly string[];
}

function fromOf({ o_chat, o_change, o_number, o_ahead }: ChangedRow): CatchUpFrom {
  return { chatId: o_chat, position: { change: o_change, number: o_number }, ahead: new Set(o_ahead.map(Number)) };
}

interface SeatRow {
  readonly o_user: string;
  readonly o_change: number;
  readonly o_base: number | null;
  readonly o_joined: number | null;
}

/** One array each: chats, changes, numbers, and what is ahead as the text of an array. */
function positionsOf(from: readonly CatchUpFrom[]): unknown[][] {
  return [
    from.map(({ chatId }) => chatId),
    from.map(({ position }) => position.change),
    from.map(({ position }) => position.number),
    from.map(({ ahead }) => `{${[...ahead].join(',')}}`),
  ];
}

interface PageRequest {
  readonly viewer: string;
  readonly from: readonly CatchUpFrom[];
  readonly limit: number;
  readonly asFollower: boolean;
  /** How the viewer stands in the chats with a 'state' row. */
  readonly states: ReadonlyMap<number, ChatState>;
}

function chatsOf(request: PageRequest, rows: readonly CatchUpRow[]): CatchUpChat[] {
  const { viewer, from, limit, asFollower, states } = request;
  const startOf = new Map(from.map((each) => [each.chatId, each]));
  const chats: CatchUpChat[] = [];
  let room = limit;
  for (const [head, ...rest] of byChat(rows)) {
    const start = head && startOf.get(head.chat_id);
    if (!start || room === 0) break;
    const detail = JSON.parse(head.detail ?? '') as ChatDetail;
    const chat = addressOf(chatRowOf(head.chat_id, detail));
    const scene: CatchUpScene = {
      ...{ viewer, chat, detail, from: start.position, ahead: start.ahead, state: states.get(chat.id) },
      isFollower: asFollower && chat.kind === 'channel',
      end: { change: head.change, number: head.number },
    };
    const caught = bounded({ chat, events: eventsOf(scene, rest), end: scene.end, more: detail.more }, room);
    room -= caught.events.length;
    chats.push(caught);
  }
  return chats;
}

/** The rows of each chat; the first of each is its 'chat' row. */
function byChat(rows: readonly CatchUpRow[]): CatchUpRow[][] {
  const chats: CatchUpRow[][] = [];
  for (const row of rows) {
    if (row.what === 'chat') chats.push([row]);
    else chats.at(-1)?.push(row);
  }
  return chats;
}

/** Streams are bounded one by one; together they may be more than there is room for. */
function bounded(caught: CatchUpChat, room: number): CatchUpChat {
  const last = caught.events[room - 1];
  if (!last || caught.events.length === room) return caught;
  return { ...caught, events: caught.events.slice(0, room), end: last.position, more: true };
}

function chatRowOf(id: number, { kind, publicId, name, userA, userB }: ChatDetail): ChatRow {
  return { id, kind, public_id: publicId, name, user_a: userA, user_b: userB };
}

import type { ChannelNews, MarkKind } from '../domain/changes.js';
import type { Thread } from '../domain/channels.js';
import { chatIdFor, type ChatAddress, type Position } from '../domain/chat.js';
import type { ChatState, DurableEvent, View } from '../domain/events.js';
import type { Message, MessageKind, MessageRef } from '../domain/message.js';
import { answeredCallEvent, closedCallEvent, loggedCallEvent, newCallEvent } from './catch-up-call.js';
import type { CatchUpRow, ChatDetail } from './catch-up-row.js';
import { channelOf, type ChannelRow } from './channel-row.js';
import { quoteOf, type QuoteJson } from './quote.js';

/** One event of a catch-up, ready for a feed. */
export interface CatchUpEvent {
  /** The change that it tells. */
  readonly change: number;
  /** Where the cursor stands once this and all before it are acked. */
  readonly position: Position;
  readonly event: DurableEvent;
  readonly view: Omit<View, 'eventId'>;
}

/** A chat as a viewer catches it up: where it began, and what its rows are to be told with. */
export interface CatchUpScene {
  readonly viewer: string;
  /** Of a channel: the viewer is told all of it, and nothing of how it stands in it. */
  readonly isFollower?: boolean;
  readonly chat: ChatAddress;
  readonly detail: ChatDetail;
  readonly from: Position;
  /** Changes above `from` that the device has had already. */
  readonly ahead: ReadonlySet<number>;
  readonly end: Position;
  readonly state?: ChatState;
}

/** The rows of one chat as events, merged by the changes that they tell. */
export function eventsOf(scene: CatchUpScene, rows: readonly CatchUpRow[]): CatchUpEvent[] {
  const steps: Step[] = [];
  let own = scene.detail.ownSinceRead;
  for (const row of rows) {
    if (row.what === 'new' && row.user_id === scene.viewer && row.number > scene.detail.readTo) own++;
    const missed = scene.isFollower ? undefined : Math.max(0, row.number - scene.detail.readTo - own);
    steps.push({ row, place: placeOf(row), told: tell(scene, row, missed) });
  }
  steps.sort((a, b) => a.place - b.place);
  return positioned(scene, steps);
}

/** A row, and what is told of it: nothing where the device has had it. */
interface Step {
  readonly row: CatchUpRow;
  /** The change in whose place it comes: a message in that of its sending, marks in that of the first of them. */
  readonly place: number;
  readonly told?: Told;
}

interface Told {
  readonly change: number;
  readonly event: DurableEvent;
  readonly view: Omit<View, 'eventId'>;
}

/**
 * Each event moves the cursor to its own change, the last one to the end of the page. A message that is not told moves it too:
 * were its change passed and its number not, it would be told again, and late.
 */
function positioned({ from, end }: CatchUpScene, steps: readonly Step[]): CatchUpEvent[] {
  const events: CatchUpEvent[] = [];
  let { change, number } = from;
  for (const { row, place, told } of steps) {
    change = Math.max(change, place);
    if (row.what === 'new') number = Math.max(number, row.number);
    if (told) events.push({ ...told, position: { change, number } });
  }
  const last = events.pop();
  return last ? [...events, { ...last, position: end }] : [];
}

function placeOf({ what, change, created_change }: CatchUpRow): number {
  return what === 'new' || what === 'marked' ? created_change : change;
}

function tell(scene: CatchUpScene, row: CatchUpRow, missed?: number): Told | undefined {
  if (row.what === 'new') return tellNew(scene, row, missed);
  const { change } = row;
  if (scene.ahead.has(change)) return undefined;
  const view = { viewer: scene.viewer, chatId: chatIdFor(scene.chat, scene.viewer) };
  const base = baseOf(scene, row);
  switch (row.what) {
    case 'chat':
      return undefined;
    case 'edited':
      if (row.kind === 'call') return { change, view, event: loggedCallEvent(row, { ...base, message: refOf(row) }) };
      return { change, view, event: { ...base, type: 'messageEdited', message: messageOf(row) } };
    case 'deleted':
      return { change, view, event: { ...base, type: 'messageDeleted', message: refOf(row) } };
    case 'reacted':
      return {
        change,
        view,
        event: {
          ...base,
          type: 'messageReacted',
          message: refOf(row),
          reaction: row.text ?? '',
          adding: row.kind === 'add',
          reactionsJson: row.reactions ?? '{}',
        },
      };
    case 'closed':
      return { change, view, event: closedCallEvent(row, { ...base, message: refOf(row) }) };
    case 'answered':
      return { change, view, event: answeredCallEvent(row, { ...base, message: refOf(row) }) };
    case 'marked': {
      const own = row.user_id === scene.viewer;
      return {
        change,
        view: { ...view, marked: refOf(row), missed: own ? scene.detail.missed : undefined },
        event: { type: 'chatMarked', mark: row.kind as MarkKind, userId: row.user_id, at: row.at },
      };
    }
    case 'state':
      return scene.state && { change, view, event: { type: 'chatState', state: scene.state, at: row.at } };
    case 'described':
      return { change, view, event: { ...newsOf(row), type: 'channelChanged', chat: scene.chat, at: row.at } };
    case 'thread':
      return { change, view, event: { ...base, type: 'threadCreated', thread: threadOf(row) } };
    case 'removed': {
      const state: ChatState = { chatId: view.chatId, kind: scene.chat.kind, removed: true, missed: 0 };
      return { change, view, event: { type: 'chatState', state, at: row.at } };
    }
  }
}

/**
 * A message above the cursor, as it is now. One that the device has had already (it came out of order, or the device sent it itself)
 * is not told again, nor the deletion of one before the device's first visit.
 */
function tellNew(scene: CatchUpScene, row: CatchUpRow, missed?: number): Told | undefined {
  if (scene.ahead.has(row.created_change)) return undefined;
  const view = { viewer: scene.viewer, chatId: chatIdFor(scene.chat, scene.viewer) };
  if (row.deleted_change === null && row.kind === 'call') {
    const event = newCallEvent(row, { ...baseOf(scene, row), message: refOf(row) });
    return event && { change: row.created_change, view, event };
  }
  if (row.deleted_change === null) {
    const event = { ...baseOf(scene, row), type: 'messageSent' as const, message: messageOf(row), bases: [] };
    return { change: row.created_change, view: { ...view, missed }, event };
  }
  if (row.deleted_change <= scene.from.change) return undefined;
  const base = { ...baseOf(scene, row), change: row.deleted_change, at: row.deleted_at ?? row.at };
  return { change: row.created_change, view, event: { ...base, type: 'messageDeleted', message: refOf(row) } };
}

function refOf(row: CatchUpRow): MessageRef {
  return {
    id: row.id ?? undefined,
    number: row.number,
    clientMessageId: row.client_message_id ?? undefined,
    threadId: row.thread_id ?? undefined,
    isTextless: row.textless === true ? true : undefined,
  };
}

function newsOf({ kind, detail }: CatchUpRow): ChannelNews {
  return { news: kind as ChannelNews['news'], channel: channelOf(JSON.parse(detail ?? '') as ChannelRow) };
}

function threadOf({ detail }: CatchUpRow): Thread {
  return JSON.parse(detail ?? '') as Thread;
}

function baseOf({ chat, end }: CatchUpScene, row: CatchUpRow) {
  return { chat, change: row.change, newest: end.number, at: row.at, origin: { userId: row.user_id } };
}

function messageOf(row: CatchUpRow): Message {
  return {
    id: row.id ?? 0,
    number: row.number,
    sender: row.user_id,
    senderName: row.user_name ?? undefined,
    senderNumber: row.user_number ?? undefined,
    clientMessageId: row.client_message_id ?? undefined,
    kind: row.kind as MessageKind,
    text: row.text ?? undefined,
    payloadJson: row.payload ?? undefined,
    metadataJson: row.metadata ?? undefined,
    attachmentsJson: row.attachments ?? undefined,
    forwardedJson: row.forwarded ?? undefined,
    threadId: row.thread_id ?? undefined,
    replyTo: row.detail === null ? undefined : quoteOf(JSON.parse(row.detail) as QuoteJson),
    reactionsJson: row.reactions ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at ?? undefined,
  };
}

import type { Call } from './calls.js';
import type { Channel, Thread } from './channels.js';
import type { ChatAddress } from './chat.js';
import type { Message, MessageRef } from './message.js';

export type MarkKind = 'dlvrd' | 'read';

/** Who did it, and over which connection: that one has its answer and needs no event. */
export interface Origin {
  readonly userId: string;
  readonly connectionId?: string;
}

interface ChangeBase {
  readonly chat: ChatAddress;
  /** The chat's change number, dense from 1. */
  readonly change: number;
  /** The chat's newest message number once this change was made. */
  readonly newest: number;
  /** ms since the epoch, never going back within a chat. */
  readonly at: number;
  readonly origin: Origin;
  /** Of a change made by this server: when its command was queued, ms by `performance.now()`. */
  readonly queuedAt?: number;
  /** The change before it was made over another connection to the database: perhaps nobody has told it. */
  readonly isAfterAnother?: boolean;
  /** The last event that the acting connection had been sent when it was answered: what it is sent since may be older. */
  answeredAfter?: number;
}

/**
 * `base` of a member is its read mark plus its own messages above it, so that `missed` of message n is n − base.
 * A change that moves somebody's base says to what: whoever keeps bases never has to count.
 */
export interface MemberBase {
  readonly userId: string;
  readonly base: number;
}

export interface MessageSent extends ChangeBase {
  readonly type: 'messageSent';
  readonly message: Message;
  /** The sender's new base and, in a dialog, the other user's too. */
  readonly bases: readonly MemberBase[];
}

export interface MessageEdited extends ChangeBase {
  readonly type: 'messageEdited';
  readonly message: Message;
}

export interface MessageDeleted extends ChangeBase {
  readonly type: 'messageDeleted';
  readonly message: MessageRef;
}

export interface MessageReacted extends ChangeBase {
  readonly type: 'messageReacted';
  readonly message: MessageRef;
  readonly reaction: string;
  readonly adding: boolean;
  /** All reactions of the message as they stand now, `{"👍":2}`. */
  readonly reactionsJson: string;
}

/** A user marked the chat up to `upTo`. Told to the authors that it covers and to the user's other devices. */
export interface ChatMarked extends ChangeBase {
  readonly type: 'chatMarked';
  readonly mark: MarkKind;
  readonly upTo: MessageRef;
  /** Each author covered, with its newest message covered; empty where receipts are not told. */
  readonly authors: readonly { readonly userId: string; readonly message: MessageRef }[];
  readonly bases: readonly MemberBase[];
}

/** Name, photo, members or roles of a group or channel changed. What it is now is read from the log. */
export interface ChatChanged extends ChangeBase {
  readonly type: 'chatChanged';
  /** Who joined by it, each with its base (all before the joining counts as read). */
  readonly joined: readonly MemberBase[];
  readonly left: readonly string[];
  /** Where what describes a channel was changed: whoever follows the channel is told it. */
  readonly channel?: ChannelNews;
}

/** What became of a channel, and the channel as it was left. */
export interface ChannelNews {
  readonly news: 'created' | 'updated' | 'deleted';
  readonly channel: Channel;
}

/** A thread was begun in a channel. */
export interface ThreadCreated extends ChangeBase {
  readonly type: 'threadCreated';
  readonly thread: Thread;
}

/** What happens in a call, and the message that it is: its number counts like any other. */
interface CallChange extends ChangeBase {
  readonly message: MessageRef;
  /** As the change has left it. */
  readonly call: Call;
}

/** It rings from now on. */
export interface CallStarted extends CallChange {
  readonly type: 'callStarted';
  /** As those of a message that the caller has sent. */
  readonly bases: readonly MemberBase[];
}

/** Whose change it is has accepted or declined: that user's other devices are told, and nobody else. */
export interface CallAnswered extends CallChange {
  readonly type: 'callAnswered';
  readonly isAccepted: boolean;
  /** The device that answered: it is not told of it on its later connections either. Absent where it is not known. */
  readonly deviceId?: number;
}

/** It is over. Its next change is always `callLogged`. */
export interface CallClosed extends CallChange {
  readonly type: 'callClosed';
}

/** The call as a message, once it is over. */
export interface CallLogged extends CallChange {
  readonly type: 'callLogged';
  /** As `reactionsJson` of a message; when it has just ended there are none. */
  readonly reactionsJson?: string;
}

/** What is done to a message that is there: of several such changes only the last one counts. */
export type MessageTouched = MessageEdited | MessageDeleted | MessageReacted;

/** What becomes of a call that was started before. */
export type CallMoved = CallAnswered | CallClosed | CallLogged;

export type Change =
  | MessageSent
  | MessageEdited
  | MessageDeleted
  | MessageReacted
  | ChatMarked
  | ChatChanged
  | ThreadCreated
  | CallStarted
  | CallAnswered
  | CallClosed
  | CallLogged;

/** What a client overwrites with whatever it hears later of the same message or chat. */
export type StateChange = MessageTouched | ChatChanged;

export function isStateChange(change: Change): change is StateChange {
  return isTouch(change) || change.type === 'chatChanged';
}

export function isTouch(change: Change): change is MessageTouched {
  return change.type === 'messageEdited' || change.type === 'messageDeleted' || change.type === 'messageReacted';
}

export function isCallMoved(change: Change): change is CallMoved {
  return change.type === 'callAnswered' || change.type === 'callClosed' || change.type === 'callLogged';
}

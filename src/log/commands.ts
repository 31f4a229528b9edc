import type { Origin, MarkKind } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import type { MessageKind } from '../domain/message.js';

/** What every command says: the chat, and who does it. */
interface CommandBase {
  readonly chat: ChatAddress;
  readonly origin: Origin;
}

/** By what right somebody acts in a channel; in other chats it means nothing. */
interface ChannelStanding {
  /** Without being in it, which channels don't ask for; all messages since the beginning may be touched. */
  readonly asVisitor?: true;
  /** What others wrote may be deleted. */
  readonly asModerator?: true;
}

/** A message by its number, by its client id, or by both, which must then name the same one. */
export interface MessageTarget {
  readonly number?: number;
  readonly clientMessageId?: string;
}

/** A new message. The same `clientMessageId` of one sender in one chat is one message, for ever. */
export interface SendCommand extends CommandBase, ChannelStanding {
  readonly type: 'send';
  readonly kind: MessageKind;
  readonly senderName?: string;
  readonly clientMessageId?: string;
  readonly text?: string;
  readonly payloadJson?: string;
  readonly metadataJson?: string;
  /** It goes ahead of what else waits for an offline user. */
  readonly isUrgent?: boolean;
  readonly attachmentsJson?: string;
  readonly forwardedJson?: string;
  /** The number of the message that this one answers. */
  readonly replyTo?: number;
  /** Channels only. */
  readonly threadId?: number;
}

/** New content for one's own message. Equal content is answered and changes nothing. */
export interface EditCommand extends CommandBase, ChannelStanding {
  readonly type: 'edit';
  readonly target: MessageTarget;
  readonly text?: string;
  /** Absent: the attachments stay; `[]` takes them away. */
  readonly attachmentsJson?: string;
  /** Takes the place of the payload; absent: the message has none from now on, for the text has taken its place. */
  readonly payloadJson?: string;
}

export interface DeleteCommand extends CommandBase, ChannelStanding {
  readonly type: 'delete';
  readonly target: MessageTarget;
  /** Whoever wrote it, in whatever chat, without being in it. */
  readonly asOperator?: true;
}

export interface MarkCommand extends CommandBase {
  readonly type: 'mark';
  readonly mark: MarkKind;
  /** Absent: up to the newest. */
  readonly upTo?: number;
}

export interface ReactCommand extends CommandBase, ChannelStanding {
  readonly type: 'react';
  readonly number: number;
  readonly reaction: string;
  readonly adding: boolean;
}

export type Command = SendCommand | EditCommand | DeleteCommand | MarkCommand | ReactCommand;

/** What the log answers to send, edit and delete: the message, and when it happened (the first time, for a repetition). */
export interface Appended {
  /** Unique among all messages of all chats. */
  readonly id: number;
  readonly number: number;
  readonly clientMessageId?: string;
  readonly at: number;
  /** Channels only: the thread that the message is in, and the actor's number among all users. */
  readonly threadId?: number;
  readonly userNumber?: number;
}

/** `undefined` in the place of this where the chat has no message. */
export interface Marked extends Appended {
  /** Messages of others above the read mark, now. */
  readonly missed: number;
}

export interface Reacted {
  /** `{"👍":2}` */
  readonly reactionsJson: string;
  /** It was so before: nothing has changed. */
  readonly isRepeated?: true;
}

/** What a command's answer is. */
export interface Outcomes {
  send: Appended;
  edit: Appended;
  delete: Appended;
  mark: Marked | undefined;
  react: Reacted;
}

import type { CallStatus, CallType } from '../domain/calls.js';
import type { ChatKind, MemberRole } from '../domain/chat.js';

/** What other services are told. Everything says how things stand when the event is made, which is just after they happened. */
export interface OutgoingEventMap {
  'message.sent': MessageTold & { readonly recipients?: readonly Recipient[] };
  'message.edited': MessageTold;
  'message.deleted': MessageNamed & { readonly deletedAt: number };
  'message.reacted': MessageNamed & ReactionTold;
  'chat.changed': {
    readonly chat: ChatTold;
    readonly photoUrl?: string;
    readonly memberCount: number;
    readonly members?: readonly MemberTold[];
  };
  'channel.changed': { readonly chat: ChatTold; readonly description?: string; readonly isDeleted: boolean };
  'call.started': CallTold & { readonly recipients?: readonly Recipient[] };
  'call.ended': CallTold & { readonly status: CallStatus; readonly callDuration: number };
  'user.joined': { readonly userId: string; readonly name?: string };
}

export type OutgoingEventType = keyof OutgoingEventMap;

/** What is delivered. Its `id` is the same however often it comes. */
export interface OutgoingEvent<T extends OutgoingEventType = OutgoingEventType> {
  readonly id: string;
  readonly type: T;
  /** ms since the epoch. */
  readonly at: number;
  readonly data: OutgoingEventMap[T];
}

export interface ChatTold {
  readonly type: ChatKind;
  /** The public id of groups and channels; in a dialog the id of the other user, seen by whose deed it is. */
  readonly chatId: string;
  readonly name?: string;
  /** Of a dialog. */
  readonly users?: readonly string[];
}

/** Somebody in the chat beside the author. Whoever is not online wants to hear of it in another way. */
export interface Recipient {
  readonly userId: string;
  readonly online: boolean;
}

export interface MemberTold {
  readonly userId: string;
  readonly role: MemberRole;
}

export interface MessageNamed {
  readonly chat: ChatTold;
  /** The message's number in its chat. */
  readonly messageId: number;
  /** Its number among all messages of all chats. */
  readonly globalId: number;
  readonly sender: string;
  readonly clientMessageId?: string;
  readonly threadId?: number;
}

interface MessageTold extends MessageNamed {
  readonly text?: string;
  readonly attachments?: readonly AttachmentTold[];
  /** The number of the message that it answers. */
  readonly replyTo?: number;
  readonly createdAt: number;
  readonly updatedAt?: number;
  /** It was deleted since, and has no content any more. */
  readonly deletedAt?: number;
}

export interface AttachmentTold {
  readonly type: string;
  readonly id: string;
  readonly filename: string;
  readonly url: string;
}

interface ReactionTold {
  readonly userId: string;
  readonly reaction: string;
  readonly adding: boolean;
  readonly reactions: Readonly<Record<string, number>>;
}

interface CallTold {
  readonly chat: ChatTold;
  readonly messageId: number;
  readonly callId: string;
  readonly caller: string;
  readonly callType: CallType;
  readonly startedAt: number;
}

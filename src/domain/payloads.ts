import type { ChatKind, MemberRole } from './chat.js';
import type { MarkKind } from './changes.js';
import type { MessageStatus } from './events.js';

/** One attachment, kept and delivered exactly as sent; unknown fields too. */
export interface Attachment {
  readonly type: 'file' | 'image' | 'video';
  readonly id: string;
  readonly filename: string;
  readonly url: string;
  readonly meta?: Readonly<Record<string, unknown>>;
}

export interface NewRequest {
  readonly chatId: string;
  readonly message?: string;
  readonly attachments?: readonly Attachment[];
  readonly clientMessageId?: string;
  readonly replyTo?: number;
  readonly forwarded?: unknown;
}

/** Which message is meant: by number or by client id; where several are given they must name the same one. */
export interface MessageSelector {
  readonly chatId: string;
  readonly messageId?: number;
  readonly originalMessageId?: number;
  readonly clientMessageId?: string;
  readonly originalClientMessageId?: string;
}

export interface EditRequest extends MessageSelector {
  readonly message: string;
  readonly attachments?: readonly Attachment[];
}

export interface MarkRequest {
  readonly chatId: string;
  readonly messageId?: number;
}

export interface MessagesRequest {
  readonly chatId: string;
  readonly startId?: number;
  readonly endId?: number;
  readonly count?: number;
}

export interface ReceiptsRequest {
  readonly chatId: string;
  readonly messageId: number;
  readonly cursor?: string;
  readonly limit?: number;
}

export interface ReactRequest {
  readonly chatId: string;
  readonly messageId: number;
  readonly reaction: string;
  readonly adding: boolean;
}

export interface TypingRequest {
  readonly chatId: string;
  readonly stop?: boolean;
}

export interface CreateChatRequest {
  readonly name: string;
  readonly participants: readonly string[];
  readonly photoUrl?: string;
  readonly clientChatId?: string;
}

export interface UpdateChatRequest {
  readonly chatId: string;
  readonly name?: string;
  readonly photoUrl?: string;
  readonly admins?: readonly string[];
}

export interface ParticipantsRequest {
  readonly chatId: string;
  readonly participants: readonly string[];
}

/** The answer to new, edit and delete. */
export interface MessageAnswer {
  readonly messageId: number;
  readonly timestamp: number;
  readonly clientMessageId?: string;
}

/** Empty where the chat has no message. */
export type MarkAnswer = Partial<MessageAnswer> & { readonly chatId?: string; readonly missed?: number };

export interface ReceiptItem {
  readonly userId: string;
  /** Times of the first mark of each kind that covers the message, ms. */
  readonly dlvrd?: number;
  readonly read?: number;
}

/** A message as history shows it. `…Json` fields are raw JSON text; the dialect puts them in as they are. */
export interface HistoryMessage {
  readonly messageId: number;
  readonly clientMessageId?: string;
  readonly sender: string;
  readonly message?: string;
  readonly payload?: unknown;
  readonly attachments?: unknown;
  readonly replyTo?: QuoteAnswer;
  readonly forwarded?: unknown;
  readonly type: 'new' | 'call';
  readonly reactions?: Readonly<Record<string, number>>;
  readonly status: MessageStatus;
  readonly createdAt: number;
  readonly updatedAt?: number;
  readonly deletedAt?: number;
  /** Of one's own messages in groups: who has it, or how many where the group is large. */
  readonly delivering?: readonly ReceiptItem[] | Readonly<Record<MarkKind, number>>;
}

export interface QuoteAnswer {
  readonly messageId: number;
  readonly clientMessageId?: string;
  readonly sender: string;
  readonly message?: string;
  readonly createdAt: number;
}

/** A chat in a `chats` list. */
export interface ChatItem {
  readonly type: ChatKind;
  readonly id: string;
  readonly name: string;
  readonly photoUrl?: string;
  readonly lastMessageId?: number;
  readonly lastMessageText?: string;
  readonly lastMessageTime?: number;
  readonly lastMessageAuthor?: string;
  readonly lastMessageStatus?: MessageStatus;
  readonly isMine?: boolean;
  readonly missed: number;
  readonly firstMissed?: string;
  readonly firstMissedId?: number;
  readonly lastSeen?: number;
}

export interface ChatMeta {
  readonly owner?: string;
  readonly createdAt: number;
  readonly participants: readonly { readonly userId: string; readonly role: MemberRole; readonly name?: string }[];
  readonly next?: string;
}

/** One chat asked for by itself: its id is called `chatId` here. */
export type ChatAnswer = Omit<ChatItem, 'id'> & { readonly chatId: string; readonly meta: ChatMeta };

/** What a request of each type asks and answers. Modules add theirs by declaration merging. */
export interface Requests {
  new: [NewRequest, MessageAnswer];
  edit: [EditRequest, MessageAnswer];
  delete: [MessageSelector, MessageAnswer];
  dlvrd: [MarkRequest, MarkAnswer];
  read: [MarkRequest, MarkAnswer];
  receipts: [ReceiptsRequest, { readonly items: readonly ReceiptItem[]; readonly next?: string }];
  messages: [MessagesRequest, { readonly messages: readonly HistoryMessage[]; readonly more?: boolean }];
  react: [ReactRequest, { readonly reactions: Readonly<Record<string, number>> }];
  chat: [{ readonly chatId: string; readonly cursor?: string }, ChatAnswer];
  chats: [
    { readonly cursor?: string; readonly limit?: number },
    { readonly chats: readonly ChatItem[]; readonly next?: string },
  ];
  createChat: [CreateChatRequest, ChatAnswer];
  updateChat: [UpdateChatRequest, ChatAnswer];
  addParticipants: [ParticipantsRequest, ChatAnswer];
  removeParticipants: [ParticipantsRequest, ChatAnswer];
  joinChat: [{ readonly chatId?: string; readonly name?: string }, ChatAnswer];
  leaveChat: [{ readonly chatId: string }, Record<string, never>];
  presence: [{ readonly userIds: readonly string[] }, { readonly items: readonly PresenceItem[] }];
  auth: [{ readonly token: string }, { readonly expiresAt: number }];
  typing: [TypingRequest, undefined];
  offline: [undefined, undefined];
}

export interface PresenceItem {
  readonly userId: string;
  readonly status: 'online' | 'offline';
  readonly lastSeen?: number;
}

export type PayloadType = keyof Requests;
export type RequestOf<T extends PayloadType> = Requests[T][0];
export type AnswerOf<T extends PayloadType> = Requests[T][1];

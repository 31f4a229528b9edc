import type { CallStatus, CallType } from './calls.js';
import type { ChatKind, MemberRole } from './chat.js';
import type { MarkKind } from './changes.js';
import type { MessageStatus } from './events.js';
import type { PresenceStatus } from './presence-status.js';
import type {
  BinaryKind,
  BinaryPayload,
  binaryPayload,
  customType,
  rawMetadata,
  rawPayload,
  TopicMessage,
} from './topics.js';

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

/** What a message may carry beside its payload. Unknown fields are kept and handed on. */
export interface MessageMetadata {
  /** The same key of the same sender in the same dialog or topic is one message. */
  readonly idempotency_key?: string;
  /** `high` goes ahead of what waits for an offline user. */
  readonly priority?: string;
  /** How long the topic's history keeps it, s; 0: not at all. */
  readonly ttl?: number;
  /** Either makes the payload opaque. */
  readonly encryption?: unknown;
  readonly compression?: unknown;
  readonly [extra: string]: unknown;
}

/** A payload that a client sends, and the text of it. Where the texts are absent they are made from the values. */
interface PayloadSending {
  readonly payload: unknown;
  readonly metadata?: MessageMetadata;
  readonly [rawPayload]?: string;
  readonly [rawMetadata]?: string;
}

export interface SubscribeRequest {
  /** Patterns: `*` is one segment, a last `>` one or more. */
  readonly topics: readonly string[];
}

export interface SubscribeAnswer {
  readonly topics: readonly string[];
  readonly activeSubscriptions: number;
}

export interface BroadcastRequest extends PayloadSending {
  readonly topic: string;
}

export interface BroadcastAnswer {
  /** The server's id of the message. */
  readonly messageId: string;
  /** Connections that it was handed to. */
  readonly recipients: number;
}

export interface DirectMessageRequest extends PayloadSending {
  readonly targetUser: string;
}

export interface DirectMessageAnswer {
  /** The server's id of the message. */
  readonly messageId: string;
  /** The target's connections, by id; empty where it waits for the target. */
  readonly deliveredTo: readonly string[];
  /** It waits for the target to connect. */
  readonly queued: boolean;
}

/** `before` and `after` are ids of messages, both exclusive; `since` is a time, inclusive, ms. */
export interface TopicHistoryRequest {
  readonly topic: string;
  readonly limit?: number;
  readonly before?: string;
  readonly after?: string;
  readonly since?: number;
}

/** A message as a topic's history shows it, whatever it was stored as. */
export type TopicHistoryMessage = TopicMessage;

export interface TopicHistoryAnswer {
  readonly topic: string;
  /** Oldest first. */
  readonly messages: readonly TopicHistoryMessage[];
  readonly hasMore: boolean;
}

export interface SetPresenceRequest {
  readonly status: PresenceStatus;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface UserPresence {
  readonly userId: string;
  readonly status: PresenceStatus;
  readonly lastSeen?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A binary frame; without a topic and a target user its payload is bare. */
export interface BinaryRequest {
  readonly kind: BinaryKind;
  readonly id?: string;
  readonly topic?: string;
  readonly targetUser?: string;
  readonly filename?: string;
  readonly stream?: string;
  readonly metadata?: MessageMetadata;
  readonly [binaryPayload]?: BinaryPayload;
}

export interface BinaryAnswer {
  readonly kind: BinaryKind;
  /** Of the payload as sent, bytes. */
  readonly size: number;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly checksum: string;
  readonly recipients: number;
  /** Of a file transfer. */
  readonly fileId?: string;
  readonly url?: string;
  /** The server's id of the message; absent for a bare payload. */
  readonly messageId?: string;
  /** Set where it is for a user who has no connection that shows it: false where it is lost, true where it waits. */
  readonly queued?: boolean;
}

/** A frame of a type of the clients' own: `data`, of which only these two fields mean something here. */
export interface CustomRequest {
  readonly topic?: string;
  readonly target_user?: string;
  readonly [customType]?: string;
  readonly [rawPayload]?: string;
  readonly [rawMetadata]?: string;
}

/** Handed to a user's connections, by their ids, or to so many who are subscribed to a topic. */
export type CustomAnswer =
  | { readonly messageId: string; readonly deliveredTo: readonly string[] }
  | { readonly messageId: string; readonly recipients: number };

/** A text for a channel, or for one of its threads. */
export interface WriteChatRequest {
  readonly channelId: number;
  /** `null`: the channel itself. */
  readonly threadId?: number | null;
  readonly content: string;
}

/** `chatId` is a message's number among all messages, as *concord* names it. */
export interface ChatReactionRequest {
  readonly chatId: number;
  readonly reaction: string;
  readonly adding: boolean;
}

export interface ChannelTypingRequest {
  readonly channelId: number;
  readonly threadId?: number | null;
}

/** A message of a channel as *concord* shows it, whatever it was written in. */
export interface ChannelChat {
  /** The message's number among all messages. */
  readonly id: number;
  /** ms since the epoch. */
  readonly createdAt: number;
  /** The sender's number among all users. */
  readonly authorId: number;
  readonly channelId: number;
  readonly threadId: number | null;
  readonly content: string;
  readonly edited: boolean;
  readonly reactions: Readonly<Record<string, number>>;
}

export interface NewCallRequest {
  readonly chatId: string;
  readonly callType: CallType;
}

export interface NewCallAnswer {
  readonly callId: string;
  readonly messageId: number;
}

export interface CallRequest {
  readonly callId: string;
}

export interface AcceptCallAnswer {
  readonly callId: string;
  /** Who is in the call by now, whoever asks included: the caller, and who has accepted. */
  readonly accepted: readonly string[];
}

export interface SignalRequest {
  readonly callId: string;
  readonly to: string;
  /** Passed on as it is. */
  readonly data: unknown;
  /** The text of `data`; where it is absent it is made from the value. */
  readonly [rawPayload]?: string;
}

export interface CloseCallAnswer {
  readonly callId: string;
  readonly status: CallStatus;
  /** s */
  readonly callDuration: number;
}

/** What a request of each type asks and answers, of those that are here without any module. */
export interface OwnRequests {
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
  subscribe: [SubscribeRequest, SubscribeAnswer];
  unsubscribe: [SubscribeRequest, SubscribeAnswer];
  broadcast: [BroadcastRequest, BroadcastAnswer];
  directMessage: [DirectMessageRequest, DirectMessageAnswer];
  topicHistory: [TopicHistoryRequest, TopicHistoryAnswer];
  setPresence: [SetPresenceRequest, Record<string, never>];
  presenceQuery: [{ readonly users: readonly string[] }, { readonly users: readonly UserPresence[] }];
  binary: [BinaryRequest, BinaryAnswer];
  custom: [CustomRequest, CustomAnswer];
  'X-Edit': [
    { readonly message_id: string; readonly payload: unknown; readonly [rawPayload]?: string },
    Record<string, never>,
  ];
  'X-Delete': [{ readonly message_id: string }, Record<string, never>];
  'X-Reactions': [
    { readonly message_id: string; readonly reaction: string; readonly adding: boolean },
    { readonly reactions: Readonly<Record<string, number>> },
  ];
  'X-Typing': [
    { readonly topic?: string; readonly target_user?: string; readonly stop?: boolean },
    Record<string, never>,
  ];
  chat_written: [WriteChatRequest, ChannelChat];
  chat_reaction: [ChatReactionRequest, { readonly reactions: Readonly<Record<string, number>> }];
  chat_typing: [ChannelTypingRequest, undefined];
  newCall: [NewCallRequest, NewCallAnswer];
  acceptCall: [CallRequest, AcceptCallAnswer];
  declineCall: [CallRequest, { readonly callId: string }];
  signal: [SignalRequest, { readonly callId: string }];
  closeCall: [CallRequest, CloseCallAnswer];
  typing: [TypingRequest, undefined];
  offline: [undefined, undefined];
}

export interface PresenceItem {
  readonly userId: string;
  readonly status: 'online' | 'offline';
  readonly lastSeen?: number;
}

/** All of them. Modules add theirs by declaration merging. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merged into, elsewhere
export interface Requests extends OwnRequests {}

export type PayloadType = keyof Requests;
export type RequestOf<T extends PayloadType> = Requests[T][0];
export type AnswerOf<T extends PayloadType> = Requests[T][1];

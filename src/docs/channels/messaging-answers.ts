import type {
  AcceptCallAnswer,
  AnswerOf,
  BroadcastAnswer,
  CloseCallAnswer,
  NewCallAnswer,
  OwnRequests,
  PresenceItem,
  SubscribeAnswer,
} from '../../domain/payloads.js';
import { count, flag, listOf, maybe, number, object, oneOf, type Schema, text, time } from '../schema/schema.js';
import type { Words } from '../schema/words.js';
import {
  callStatus,
  chatAnswer,
  chatItem,
  historyMessage,
  markAnswer,
  messageAnswer,
  reactions,
  receiptItem,
  seconds,
} from './messaging-views.js';

/** What only the other dialects have words for. */
type Elsewhere =
  | 'directMessage'
  | 'topicHistory'
  | 'setPresence'
  | 'presenceQuery'
  | 'binary'
  | 'custom'
  | `X-${string}`
  | `chat_${string}`;

type OwnRequest = Exclude<keyof OwnRequests, Elsewhere>;

/** A request as the document shows it. */
type RequestDoc<T extends OwnRequest> = { readonly summary: string } & (AnswerOf<T> extends undefined
  ? { readonly answer?: undefined }
  : { readonly answer: Schema<AnswerOf<T>> });

const nothing = object<Record<string, never>>({});
const topics = listOf(text);
const subscribeAnswer = object<SubscribeAnswer>({ topics, activeSubscriptions: count });
const callAnswer = object<{ readonly callId: string }>({ callId: text });

const presenceItem = object<PresenceItem>({
  userId: text,
  status: oneOf('online', 'offline'),
  lastSeen: maybe(time),
});

/** What this dialect's clients may ask, but for what modules add. */
const REQUESTS: { readonly [T in OwnRequest]: RequestDoc<T> } = {
  new: { summary: 'Sends a message, or the first of a dialog.', answer: messageAnswer },
  edit: { summary: 'Replaces the text of one’s own message, and its attachments.', answer: messageAnswer },
  delete: { summary: 'Takes the content of a message away; its number stays.', answer: messageAnswer },
  dlvrd: { summary: 'Marks a chat as delivered up to a message, or wholly.', answer: markAnswer },
  read: { summary: 'Marks a chat as read up to a message, or wholly.', answer: markAnswer },
  receipts: {
    summary: 'Who has received and who has read a message.',
    answer: object<AnswerOf<'receipts'>>({ items: listOf(receiptItem), next: maybe(text) }),
  },
  messages: {
    summary: 'The history of a chat, oldest first.',
    answer: object<AnswerOf<'messages'>>({ messages: listOf(historyMessage), more: maybe(flag) }),
  },
  react: {
    summary: 'Adds one of one’s reactions to a message or takes it back.',
    answer: object<AnswerOf<'react'>>({ reactions }),
  },
  chat: { summary: 'One chat, with its participants.', answer: chatAnswer },
  chats: {
    summary: 'All of one’s chats, those with the newest activity first.',
    answer: object<AnswerOf<'chats'>>({ chats: listOf(chatItem), next: maybe(text) }),
  },
  createChat: { summary: 'Makes a group.', answer: chatAnswer },
  updateChat: { summary: 'Changes the name, the photo or the admins of a group.', answer: chatAnswer },
  addParticipants: { summary: 'Takes users into a group.', answer: chatAnswer },
  removeParticipants: { summary: 'Puts users out of a group.', answer: chatAnswer },
  joinChat: { summary: 'Joins a channel, by its id or its name.', answer: chatAnswer },
  leaveChat: { summary: 'Leaves a group or channel.', answer: nothing },
  presence: {
    summary: 'Who of these users is online, and since when not.',
    answer: object<AnswerOf<'presence'>>({ items: listOf(presenceItem) }),
  },
  auth: {
    summary: 'Stays connected by a new token of the same user.',
    answer: object<AnswerOf<'auth'>>({ expiresAt: time }),
  },
  subscribe: { summary: 'Begins to hear of topics.', answer: subscribeAnswer },
  unsubscribe: { summary: 'Ends hearing of topics.', answer: subscribeAnswer },
  broadcast: {
    summary: 'Sends any JSON value to whoever is subscribed to a topic.',
    answer: object<BroadcastAnswer>({ messageId: text, recipients: count }),
  },
  newCall: {
    summary: 'Calls everybody else in a chat, or answers the call that is open there.',
    answer: object<NewCallAnswer>({ callId: text, messageId: number }),
  },
  acceptCall: {
    summary: 'Accepts a call.',
    answer: object<AcceptCallAnswer>({ callId: text, accepted: listOf(text) }),
  },
  declineCall: { summary: 'Declines a call.', answer: callAnswer },
  signal: { summary: 'Hands a WebRTC description or candidate to another participant.', answer: callAnswer },
  closeCall: {
    summary: 'Ends a call for everybody.',
    answer: object<CloseCallAnswer>({ callId: text, status: callStatus, callDuration: seconds }),
  },
  typing: { summary: 'One types in a chat, or no longer does. Not kept, and not answered.' },
  offline: { summary: 'One is offline although the socket stays open. Not answered.' },
};

/** @returns undefined for what a module handles: what it answers nobody knows */
export function requestDocOf(payloadType: string): { readonly summary: string; readonly answer?: Words } | undefined {
  return isOwn(payloadType) ? REQUESTS[payloadType] : undefined;
}

function isOwn(payloadType: string): payloadType is OwnRequest {
  return Object.hasOwn(REQUESTS, payloadType);
}

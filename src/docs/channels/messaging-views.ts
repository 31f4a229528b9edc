import type { MarkKind } from '../../domain/changes.js';
import type { Notification } from '../../domain/events.js';
import type {
  ChatAnswer,
  ChatItem,
  HistoryMessage,
  MarkAnswer,
  MessageAnswer,
  QuoteAnswer,
  ReceiptItem,
} from '../../domain/payloads.js';
import type { CallDirection, ShownCall } from '../../domain/shown-call.js';
import { AttachmentDto } from '../../services/dto/attachment.dto.js';
import { dtoRef } from '../schema/dto-schema.js';
import {
  anything,
  count,
  either,
  flag,
  listOf,
  mapOf,
  maybe,
  named,
  number,
  object,
  oneOf,
  opaque,
  type Schema,
  text,
  time,
} from '../schema/schema.js';

/** What answers, events and other dialects show alike. */

export const reactions: Schema<Readonly<Record<string, number>>> = {
  ...mapOf(number),
  description: 'How many users have reacted so.',
  examples: [{ '👍': 2 }],
};

export const attachments = opaque({ type: 'array', items: dtoRef(AttachmentDto) });

export const forwarded = opaque({ type: ['boolean', 'object'] });

export const messageStatus = oneOf('undelivered', 'unread', 'read', 'deleted');

export const quote = named(
  'Quote',
  object<QuoteAnswer>({
    messageId: number,
    clientMessageId: maybe(text),
    sender: text,
    message: maybe(text),
    createdAt: time,
  }),
);

export const receiptItem = named(
  'ReceiptItem',
  object<ReceiptItem>({ userId: text, dlvrd: maybe(time), read: maybe(time) }),
);

const counts = object<Readonly<Record<MarkKind, number>>>({ dlvrd: count, read: count });

export const historyMessage = named(
  'Message',
  object<HistoryMessage>({
    messageId: number,
    clientMessageId: maybe(text),
    sender: text,
    message: maybe(text),
    payload: maybe(anything),
    attachments: maybe(attachments),
    replyTo: maybe(quote),
    forwarded: maybe(forwarded),
    type: oneOf('new', 'call'),
    reactions: maybe(reactions),
    status: messageStatus,
    createdAt: time,
    updatedAt: maybe(time),
    deletedAt: maybe(time),
    delivering: maybe(either(listOf(receiptItem), counts)),
  }),
);

const chatKind = oneOf('dialog', 'favorites', 'group', 'channel');

const shownOfChat = {
  type: chatKind,
  name: text,
  photoUrl: maybe(text),
  lastMessageId: maybe(number),
  lastMessageText: maybe(text),
  lastMessageTime: maybe(time),
  lastMessageAuthor: maybe(text),
  lastMessageStatus: maybe(messageStatus),
  isMine: maybe(flag),
  missed: count,
  firstMissed: maybe(text),
  firstMissedId: maybe(number),
  lastSeen: maybe(time),
};

export const chatItem = named('ChatItem', object<ChatItem>({ id: text, ...shownOfChat }));

/** Of a chat that one is no longer in nothing but its id is told. */
export const chatNews = named(
  'ChatNews',
  object<Pick<ChatItem, 'id' | 'type'> & Partial<ChatItem> & { readonly removed?: boolean }>({
    ...shownOfChat,
    id: text,
    name: maybe(text),
    missed: maybe(count),
    removed: maybe(flag),
  }),
);

export const chatAnswer = named(
  'ChatAnswer',
  object<ChatAnswer>({
    chatId: text,
    ...shownOfChat,
    meta: object<ChatAnswer['meta']>({
      owner: maybe(text),
      createdAt: time,
      participants: listOf(
        object<ChatAnswer['meta']['participants'][number]>({
          userId: text,
          role: oneOf('owner', 'admin', 'member'),
          name: maybe(text),
        }),
      ),
      next: maybe(text),
    }),
  }),
);

export const messageAnswer = named(
  'MessageAnswer',
  object<MessageAnswer>({ messageId: number, timestamp: time, clientMessageId: maybe(text) }),
);

export const markAnswer = named(
  'MarkAnswer',
  object<MarkAnswer>({
    chatId: maybe(text),
    messageId: maybe(number),
    timestamp: maybe(time),
    clientMessageId: maybe(text),
    missed: maybe(count),
  }),
);

export const direction: Schema<CallDirection> = oneOf('incoming', 'outgoing');
export const callType = oneOf('audio', 'video');
export const callStatus = oneOf('received', 'missed');
export const seconds: Schema<number> = { ...count, description: 's' };

/** Of an open call there is no status. */
export const shownCall = object<ShownCall>({
  direction,
  status: maybe(callStatus),
  callType,
  callId: text,
  caller: text,
  participants: listOf(text),
  callDuration: seconds,
});

export const notification: Schema<Notification> = named(
  'Notification',
  object<Notification>({
    level: text,
    title: text,
    message: text,
    actions: maybe(listOf(object<NonNullable<Notification['actions']>[number]>({ label: text, url: text }))),
  }),
);

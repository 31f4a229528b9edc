import type { Signal } from '../../domain/calls.js';
import type { EphemeralEvent } from '../../domain/events.js';
import type { HistoryMessage } from '../../domain/payloads.js';
import type { ShownCall } from '../../domain/shown-call.js';
import {
  always,
  anything,
  count,
  flag,
  listOf,
  maybe,
  type Members,
  number,
  object,
  type Schema,
  text,
  time,
} from '../schema/schema.js';
import type { Words } from '../schema/words.js';
import {
  attachments,
  chatNews,
  direction,
  callType,
  callStatus,
  forwarded,
  notification,
  quote,
  reactions,
  seconds,
  shownCall,
} from './messaging-views.js';
import { DURABLE, EPHEMERAL, type EventType } from './messaging-told.js';

interface EventDoc {
  readonly summary: string;
  readonly payload: Words;
}

/** Which message of which chat. */
interface Referring {
  readonly chatId: string;
  readonly messageId: number;
  readonly clientMessageId?: string;
}

interface Original {
  readonly originalMessageId: number;
  readonly originalClientMessageId?: string;
}

type Shown = Pick<HistoryMessage, 'sender' | 'message' | 'payload' | 'attachments' | 'replyTo' | 'forwarded'> &
  Pick<HistoryMessage, 'reactions' | 'updatedAt'>;

const reference: Members<Referring> = { chatId: text, messageId: number, clientMessageId: maybe(text) };
const original: Members<Original> = { originalMessageId: number, originalClientMessageId: maybe(text) };

const newMessage = object<
  Referring &
    Shown & {
      readonly senderName?: string;
      readonly timestamp: number;
      readonly missed: number;
      readonly status: 'undelivered';
    }
>({
  ...reference,
  sender: text,
  senderName: maybe(text),
  message: maybe(text),
  payload: maybe(anything),
  attachments: maybe(attachments),
  replyTo: maybe(quote),
  forwarded: maybe(forwarded),
  reactions: maybe(reactions),
  timestamp: time,
  updatedAt: maybe(time),
  missed: count,
  status: always('undelivered'),
});

const marked = { ...reference, timestamp: time, userId: text };

interface Call extends Pick<ShownCall, 'callId' | 'caller' | 'participants' | 'callType' | 'direction'> {
  readonly chatId: string;
}

const call: Members<Call> = {
  chatId: text,
  callId: text,
  caller: text,
  participants: listOf(text),
  callType,
  direction,
};

const PAYLOADS: Readonly<Record<EventType, EventDoc>> = {
  new: { summary: 'A message in one of one’s chats, also one’s own from elsewhere.', payload: newMessage },
  edit: {
    summary: 'A message as it is now.',
    payload: object<Referring & Original & Pick<Shown, 'message' | 'payload'> & Told & { attachments: unknown }>({
      ...reference,
      ...original,
      message: maybe(text),
      payload: maybe(anything),
      attachments,
      timestamp: time,
    }),
  },
  delete: {
    summary: 'A message that has no content any more.',
    payload: object<Referring & Original & Told>({ ...reference, ...original, timestamp: time }),
  },
  react: {
    summary: 'Who did what, and all reactions of the message as they are now.',
    payload: object<Referring & Told & Reacting>({
      ...reference,
      userId: text,
      reaction: text,
      adding: flag,
      reactions,
      timestamp: time,
    }),
  },
  dlvrd: {
    summary: 'Somebody has received all of one’s messages up to this one.',
    payload: object<Referring & Told & { userId: string }>(marked),
  },
  read: {
    summary: 'Somebody has read all of one’s messages up to this one; or oneself, elsewhere.',
    payload: object<Referring & Told & { userId: string; missed?: number }>({ ...marked, missed: maybe(count) }),
  },
  chats: {
    summary: 'A group or channel that was joined, has changed, or is gone.',
    payload: object({ chats: listOf(chatNews) }),
  },
  newCall: { summary: 'A call that rings.', payload: object<Call & Told>({ ...call, timestamp: time }) },
  closeCall: {
    summary: 'A call that is over, or that another device of one’s own has answered.',
    payload: object<Call & Required<Pick<ShownCall, 'status' | 'callDuration'>>>({
      ...call,
      status: callStatus,
      callDuration: seconds,
    }),
  },
  call: {
    summary: 'The message that a call is, once it is over.',
    payload: object<Call & Told & Logged>({
      ...call,
      messageId: number,
      sender: text,
      timestamp: time,
      status: callStatus,
      callDuration: seconds,
      payload: shownCall,
    }),
  },
  typing: {
    summary: 'Somebody types, or no longer does.',
    payload: object<{ userId: string; chatId: string; stop?: boolean }>({
      userId: text,
      chatId: text,
      stop: maybe(flag),
    }),
  },
  online: { summary: 'A contact is online.', payload: object<{ userId: string }>({ userId: text }) },
  offline: { summary: 'A contact is offline.', payload: object<{ userId: string }>({ userId: text }) },
  tokenExpiring: {
    summary: 'The token ends soon: send another one by `auth`, or connect anew.',
    payload: object<Pick<Extract<EphemeralEvent, { type: 'tokenExpiring' }>, 'expiresAt'>>({ expiresAt: time }),
  },
  reconnect: {
    summary: 'The server goes away, and says when to come back.',
    payload: object<Pick<Extract<EphemeralEvent, { type: 'reconnect' }>, 'afterMs'>>({ afterMs: count }),
  },
  notification: { summary: 'What an operator tells.', payload: notification },
  signal: {
    summary: 'What another participant of a call hands over, as it was sent.',
    payload: object<Omit<Signal, 'dataJson'> & { data: unknown }>({ callId: text, from: text, data: anything }),
  },
  broadcast: {
    summary: 'A message of a topic that one is subscribed to.',
    payload: object<{ topic: string; payload: unknown; userId: string; messageId: string } & Told>({
      topic: text,
      payload: anything,
      userId: text,
      messageId: text,
      timestamp: time,
    }),
  },
};

interface Told {
  readonly timestamp: number;
}

interface Reacting {
  readonly userId: string;
  readonly reaction: string;
  readonly adding: boolean;
  readonly reactions: Readonly<Record<string, number>>;
}

interface Logged extends Required<Pick<ShownCall, 'status' | 'callDuration'>> {
  readonly messageId: number;
  readonly sender: string;
  /** The same again: one document has it here, the other in the event's own payload. */
  readonly payload: ShownCall;
}

/** Every event, and whether it is kept and has an id. */
export const EVENTS: readonly (EventDoc & { readonly eventType: EventType; readonly isKept: boolean })[] = [
  ...eventsOf(Object.values(DURABLE).flat(), true),
  ...eventsOf(Object.values(EPHEMERAL).flat(), false),
];

function eventsOf(names: readonly EventType[], isKept: boolean) {
  return [...new Set(names)].map((eventType) => ({ eventType, isKept, ...PAYLOADS[eventType] }));
}

/** What modules tell, by names and with payloads of their own. */
export const moduleEventType: Schema<string> = {
  type: 'string',
  not: { enum: EVENTS.map(({ eventType }) => eventType) },
  examples: ['somethingChanged'],
};

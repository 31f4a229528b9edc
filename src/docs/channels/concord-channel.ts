import type { RegisteredHandler } from '../../dispatch/handler-registry.js';
import type { DurableEvent, EphemeralEvent } from '../../domain/events.js';
import { onlineStatuses, type OnlineStatus } from '../../domain/online-status.js';
import type { ChannelChat, PayloadType } from '../../domain/payloads.js';
import type { ShownChannel, ShownThread } from '../../domain/shown-channel.js';
import { dtoSchema } from '../schema/dto-schema.js';
import {
  always,
  count,
  flag,
  listOf,
  maybe,
  named,
  number,
  object,
  oneOf,
  orNull,
  type Schema,
  shape,
  text,
  time,
} from '../schema/schema.js';
import type { Words } from '../schema/words.js';
import type { ChannelDoc, MessageDoc, OperationDoc } from './channel-doc.js';
import { errorCode, errorDetails, errorMessage } from './error-schema.js';
import { reactions } from './messaging-views.js';
import { queryOf } from './query.js';

const DESCRIPTION = `Texts in channels and threads. What a client does comes back to it like to everybody else; only faults are answered. All else,
history too, is asked for over REST.`;

/** How this dialect tells what happens, and with what beside the type. */
const TOLD = {
  messageSent: ['chat_sent', 'chat_deleted'],
  messageEdited: ['chat_edited', 'chat_sent', 'chat_deleted'],
  messageDeleted: ['chat_deleted'],
  messageReacted: ['chat_reactions_updated'],
  channelChanged: ['channel_created', 'channel_updated', 'channel_deleted'],
  threadCreated: ['thread_created'],
  typing: ['chat_typing'],
  userJoined: ['user_joined'],
  userStatus: ['user_status_updated'],
  reconnect: ['server_draining'],
  chatMarked: [],
  chatState: [],
  callStarted: [],
  callAnswered: [],
  callClosed: [],
  callLogged: [],
  online: [],
  statusChanged: [],
  offline: [],
  tokenExpiring: [],
  welcome: [],
  subscriptionsEnded: [],
  topicGap: [],
  notification: [],
  signal: [],
  moduleEvent: [],
} as const satisfies Readonly<Record<(DurableEvent | EphemeralEvent)['type'], readonly string[]>>;

type Push = (typeof TOLD)[keyof typeof TOLD][number];

const threadId: Schema<number | null> = { ...orNull(number), description: '`null`: in the channel itself.' };

const chat = named(
  'ChannelChat',
  object<ChannelChat>({
    id: number,
    createdAt: time,
    authorId: count,
    channelId: number,
    threadId,
    content: text,
    edited: flag,
    reactions,
  }),
);

const channel = named(
  'Channel',
  object<ShownChannel>({
    id: number,
    parentChannelId: orNull(number),
    ordinality: { type: 'integer' },
    name: text,
    description: orNull(text),
    capabilities: listOf(text),
    createdAt: time,
    createdByUserId: { ...count, description: '0: the server itself.' },
  }),
);

const thread = named(
  'Thread',
  object<ShownThread>({
    id: number,
    channelId: number,
    sourceChatId: number,
    creatorId: number,
    createdAt: time,
    name: text,
  }),
);

const place = { chatId: number, channelId: number, threadId };
const status: Schema<OnlineStatus> = oneOf(...onlineStatuses);

interface PushDoc {
  readonly summary: string;
  readonly members: Readonly<Record<string, Words>>;
}

const PUSHES: Readonly<Record<Push, PushDoc>> = {
  chat_sent: { summary: 'A text was written, or this is the first that is shown of it.', members: { chat } },
  chat_edited: { summary: 'A text was replaced.', members: { ...place, content: text } },
  chat_deleted: { summary: 'A text is gone.', members: place },
  chat_reactions_updated: {
    summary: 'All reactions of a text as they are now.',
    members: { ...place, reactions },
  },
  chat_typing: {
    summary: 'Somebody types.',
    members: { userId: number, channelId: number, threadId, sentAt: time },
  },
  channel_created: { summary: 'There is a channel that was not.', members: { channel } },
  channel_updated: { summary: 'A channel as it is now.', members: { channel } },
  channel_deleted: { summary: 'A channel is gone, with all of its texts.', members: { channelId: number } },
  thread_created: { summary: 'A thread was begun.', members: { thread } },
  user_joined: { summary: 'There is a user who was not.', members: { userId: number } },
  user_status_updated: { summary: 'How a user is.', members: { userId: number, status } },
  server_draining: {
    summary: 'The server goes away, and says when to come back.',
    members: { reconnectAfterMs: count },
  },
};

const ERROR: MessageDoc = {
  name: 'error',
  summary: 'What is wrong with a frame of the client’s.',
  payload: shape({ type: always('error'), code: errorCode, message: errorMessage, details: errorDetails() }),
};

/** The client's own time, which nobody reads. */
const sentAt = maybe(time);

type Saying = Extract<PayloadType, `chat_${string}`>;

/** All that clients say: what they may say besides is for other dialects. */
const SAYINGS: Readonly<Record<Saying, { readonly summary: string; readonly own: Parameters<typeof shape>[0] }>> = {
  chat_written: { summary: 'Writes into a channel or a thread.', own: { sentAt } },
  chat_reaction: { summary: 'Adds a reaction or takes it back.', own: {} },
  chat_typing: { summary: 'One types.', own: { sentAt } },
};

/** @param handlers all that this dialect’s clients may ask for */
export function concordChannel(handlers: readonly RegisteredHandler[]): ChannelDoc {
  const sayings = handlers.filter(({ payloadType }) => Object.hasOwn(SAYINGS, payloadType));
  const pushes = [...new Set(Object.values(TOLD).flat())];
  return {
    dialect: 'concord',
    address: '/client',
    subprotocol: 'concord.v1',
    title: 'concord',
    description: DESCRIPTION,
    query: queryOf(),
    received: sayings.map(saying),
    sent: [...pushes.map(push), ERROR],
    operations: [
      ...sayings.map(sayingOperation),
      { name: 'events', action: 'send', summary: 'Tells what happens.', messages: pushes.map(pushName) },
    ],
  };
}

function saying({ payloadType, payload }: RegisteredHandler): MessageDoc {
  const { summary, own } = SAYINGS[payloadType as Saying];
  const rules = payload ? dtoSchema(payload) : {};
  const frame = shape({ type: always(payloadType), ...own });
  return {
    name: `client.${payloadType}`,
    summary,
    payload: {
      ...rules,
      properties: { ...frame.properties, ...rules.properties },
      required: ['type', ...(rules.required ?? [])],
    },
  };
}

function push(type: Push): MessageDoc {
  const { summary, members } = PUSHES[type];
  return { name: pushName(type), summary, payload: shape({ type: always(type), ...members }) };
}

function pushName(type: Push): string {
  return `server.${type}`;
}

function sayingOperation({ payloadType }: RegisteredHandler): OperationDoc {
  const { summary } = SAYINGS[payloadType as Saying];
  return {
    name: payloadType,
    action: 'receive',
    summary,
    messages: [`client.${payloadType}`],
    replies: [ERROR.name],
  };
}

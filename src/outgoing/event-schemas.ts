import type { OutgoingEventMap, OutgoingEventType } from './outgoing-event.js';

/** As much of JSON schema as is needed here. */
export interface EventSchema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly properties?: Readonly<Record<string, EventSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: EventSchema;
  readonly items?: EventSchema;
  readonly enum?: readonly string[];
  readonly minimum?: number;
}

type Properties<T> = { readonly [K in keyof T]-?: EventSchema };

const TEXT: EventSchema = { type: 'string' };
const FLAG: EventSchema = { type: 'boolean' };
const NUMBER: EventSchema = { type: 'integer', minimum: 0 };
const TIME: EventSchema = { type: 'integer', minimum: 0, description: 'ms since the epoch' };

/** @param optional those of the properties that may be absent */
function object<T>(properties: Properties<T>, ...optional: readonly (keyof T)[]): EventSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name as keyof T));
  return { type: 'object', properties, required };
}

function list(items: EventSchema): EventSchema {
  return { type: 'array', items };
}

const CHAT = object<OutgoingEventMap['chat.changed']['chat']>(
  {
    type: { type: 'string', enum: ['dialog', 'favorites', 'group', 'channel'] },
    chatId: TEXT,
    name: TEXT,
    users: list(TEXT),
  },
  'name',
  'users',
);

const RECIPIENTS = list(object({ userId: TEXT, online: FLAG }));

const NAMED = {
  chat: CHAT,
  messageId: NUMBER,
  globalId: NUMBER,
  sender: TEXT,
  clientMessageId: TEXT,
  threadId: NUMBER,
};

const MESSAGE = {
  ...NAMED,
  text: TEXT,
  attachments: list(object({ type: TEXT, id: TEXT, filename: TEXT, url: TEXT })),
  replyTo: NUMBER,
  createdAt: TIME,
  updatedAt: TIME,
  deletedAt: TIME,
};

const NAMED_MAYBE = ['clientMessageId', 'threadId'] as const;
const MESSAGE_MAYBE = [...NAMED_MAYBE, 'text', 'attachments', 'replyTo', 'updatedAt', 'deletedAt'] as const;

const CALL = {
  chat: CHAT,
  messageId: NUMBER,
  callId: TEXT,
  caller: TEXT,
  callType: { type: 'string', enum: ['audio', 'video'] },
  startedAt: TIME,
} as const satisfies Record<string, EventSchema>;

const MEMBER: EventSchema = object({ userId: TEXT, role: { type: 'string', enum: ['owner', 'admin', 'member'] } });

/** What `data` of each event looks like. */
export const eventSchemas: Readonly<Record<OutgoingEventType, EventSchema>> = {
  'message.sent': object<OutgoingEventMap['message.sent']>(
    { ...MESSAGE, recipients: RECIPIENTS },
    ...MESSAGE_MAYBE,
    'recipients',
  ),
  'message.edited': object<OutgoingEventMap['message.edited']>(MESSAGE, ...MESSAGE_MAYBE),
  'message.deleted': object<OutgoingEventMap['message.deleted']>({ ...NAMED, deletedAt: TIME }, ...NAMED_MAYBE),
  'message.reacted': object<OutgoingEventMap['message.reacted']>(
    {
      ...NAMED,
      userId: TEXT,
      reaction: TEXT,
      adding: FLAG,
      reactions: { type: 'object', additionalProperties: NUMBER },
    },
    ...NAMED_MAYBE,
  ),
  'chat.changed': object<OutgoingEventMap['chat.changed']>(
    { chat: CHAT, photoUrl: TEXT, memberCount: NUMBER, members: list(MEMBER) },
    'photoUrl',
    'members',
  ),
  'channel.changed': object<OutgoingEventMap['channel.changed']>(
    { chat: CHAT, description: TEXT, isDeleted: FLAG },
    'description',
  ),
  'call.started': object<OutgoingEventMap['call.started']>({ ...CALL, recipients: RECIPIENTS }, 'recipients'),
  'call.ended': object<OutgoingEventMap['call.ended']>({
    ...CALL,
    status: { type: 'string', enum: ['received', 'missed'] },
    callDuration: { ...NUMBER, description: 's, from the first accept' },
  }),
  'user.joined': object<OutgoingEventMap['user.joined']>({ userId: TEXT, name: TEXT }, 'name'),
};

import type { AnswerOf, BinaryAnswer, UserPresence } from '../../domain/payloads.js';
import type { PresenceStatus } from '../../domain/presence-status.js';
import { BINARY_KINDS } from '../../domain/topics.js';
import {
  always,
  anything,
  count,
  flag,
  listOf,
  maybe,
  named,
  object,
  oneOf,
  opaque,
  ownObject,
  type Schema,
  shape,
  text,
  time,
} from '../schema/schema.js';
import type { Words } from '../schema/words.js';
import type { MessageDoc } from './channel-doc.js';
import { errorCode, errorDetails, errorMessage } from './error-schema.js';
import { notification, reactions } from './messaging-views.js';
import { PUSHED, type Saying } from './realtime-told.js';

interface SayingDoc {
  readonly summary: string;
  readonly payload: Words;
  readonly contentType?: string;
  readonly correlation?: MessageDoc['correlation'];
}

const topics = listOf(text);
/** The server's fields win over the client's own. */
const delivery: Words = {
  ...shape({ sent_at: time, message_id: text }),
  additionalProperties: true,
};
const presenceStatus: Schema<PresenceStatus> = oneOf('online', 'away', 'busy', 'offline');

const broadcast = named(
  'Delivery',
  opaque(shape({ topic: text, payload: anything, from_user: text, metadata: delivery })),
);

/** On the wire the members of these are called in another way. */
interface Presence extends Pick<UserPresence, 'status' | 'metadata'> {
  readonly user_id: UserPresence['userId'];
  readonly last_seen?: UserPresence['lastSeen'];
}

const presence = named(
  'UserPresence',
  object<Presence>({ user_id: text, status: presenceStatus, last_seen: maybe(time), metadata: maybe(ownObject) }),
);

interface Subscribed extends Pick<AnswerOf<'subscribe'>, 'topics'> {
  readonly active_subscriptions: AnswerOf<'subscribe'>['activeSubscriptions'];
}

interface BinaryReceived extends Pick<BinaryAnswer, 'size' | 'checksum' | 'recipients' | 'url'> {
  readonly type: BinaryAnswer['kind'];
  readonly file_id?: BinaryAnswer['fileId'];
  readonly message_id?: BinaryAnswer['messageId'];
}

const subscribed = object<Subscribed>({ topics, active_subscriptions: count });

const binaryReceived = object<BinaryReceived>({
  size: count,
  type: oneOf(...Object.values(BINARY_KINDS)),
  checksum: { ...text, description: '`sha256:` and 64 hexadecimal digits.' },
  recipients: count,
  file_id: maybe(text),
  url: maybe(text),
  message_id: maybe(text),
});

const welcome = shape({
  connection_id: text,
  server_time: time,
  protocol_version: text,
  features: listOf(text),
  resumed: maybe(flag),
  gap: maybe(topics),
});

const history = shape({ topic: text, messages: listOf(broadcast), has_more: flag });

const ack = shape({
  message_id: text,
  status: oneOf('subscribed', 'unsubscribed', 'delivered', 'queued', 'refreshed', 'ok'),
  recipients: maybe(count),
  delivered_to: maybe(listOf(text)),
  server_message_id: maybe(text),
  reactions: maybe(reactions),
});

const error = shape({
  code: errorCode,
  message: errorMessage,
  details: errorDetails({ message_id: maybe(text), queued: maybe(flag) }),
});

/** What was done to which message, by whom and where. */
function touched(own: Readonly<Record<string, Words>>): Words {
  return shape({
    message_id: text,
    from_user: text,
    to_user: maybe(text),
    topic: maybe(text),
    ...own,
    metadata: delivery,
  });
}

const SAYINGS: Readonly<Record<Saying, SayingDoc>> = {
  Welcome: { summary: 'The first frame, always.', payload: status('connected', welcome) },
  'Status.subscribed': { summary: 'The answer to `Subscribe`.', payload: status('subscribed', subscribed) },
  'Status.unsubscribed': {
    summary: 'The answer to `Unsubscribe`; or a new token no longer allows these.',
    payload: status('unsubscribed', subscribed),
  },
  'Status.gap': {
    summary: 'Of these topics something was not sent, and history no longer has it.',
    payload: status('gap', shape({ topics })),
  },
  'Status.draining': {
    summary: 'The server goes away, and says when to come back.',
    payload: status('draining', shape({ reconnect_after_ms: count })),
  },
  'Status.binary_received': {
    summary: 'A binary frame is here.',
    payload: status('binary_received', binaryReceived),
  },
  'AuthStatus.token_expiring': {
    summary: 'The token ends soon: send another one by `Auth`, or connect anew.',
    payload: frame(
      'AuthStatus',
      shape({ status: always('token_expiring'), expires_at: time, refresh_required: always(true) }),
    ),
  },
  'AuthStatus.refreshed': {
    summary: 'The answer to `Auth`.',
    payload: frame('AuthStatus', shape({ status: always('refreshed'), expires_at: time })),
  },
  Ack: {
    summary: 'A message with an id is done; comes after whatever else answers it.',
    payload: frame('Ack', ack),
    correlation: 'data.message_id',
  },
  Error: { summary: 'What went wrong.', payload: frame('Error', error) },
  Pong: { summary: 'The answer to `Ping`.', payload: frame('Pong', shape({ timestamp: { type: 'number' } })) },
  Broadcast: {
    summary: 'A message of a topic that one is subscribed to; or of a group or channel.',
    payload: frame('Broadcast', broadcast),
  },
  DirectMessage: {
    summary: 'A message of a dialog. `to_user` is there where it is one’s own, from elsewhere.',
    payload: frame(
      'DirectMessage',
      shape({ from_user: text, to_user: maybe(text), payload: anything, metadata: delivery }),
    ),
  },
  History: { summary: 'The answer to `History`, oldest first.', payload: frame('History', history) },
  Presence: { summary: 'How a user is.', payload: frame('Presence', presence) },
  PresenceList: {
    summary: 'The answer to `PresenceQuery`.',
    payload: frame('Presence', shape({ users: listOf(presence) })),
  },
  Notification: { summary: 'What an operator tells.', payload: frame('Notification', notification) },
  'X-Edit': {
    summary: 'A message is another now. Only with `?extensions=true`, like the next three.',
    payload: frame('X-Edit', touched({ payload: anything })),
  },
  'X-Delete': { summary: 'A message is gone.', payload: frame('X-Delete', touched({})) },
  'X-Reactions': {
    summary: 'Who did what, and all reactions of a message as they are now.',
    payload: frame('X-Reactions', touched({ reaction: text, adding: flag, reactions })),
  },
  'X-Typing': {
    summary: 'Somebody types, or no longer does.',
    payload: frame('X-Typing', shape({ from_user: text, to_user: maybe(text), topic: maybe(text), stop: maybe(flag) })),
  },
  X: {
    summary: 'Of a type of the clients’ own, with what they sent; or what a module of the server answers or tells.',
    payload: shape({
      type: {
        type: 'string',
        pattern: '^X-[\\s\\S]',
        not: { enum: ['X-Edit', 'X-Delete', 'X-Reactions', 'X-Typing'] },
        examples: ['X-CustomAction'],
      },
      data: anything,
      timestamp: maybe(time),
    }),
  },
  binary: {
    summary: 'A binary frame as it was sent, with `from_user` and `message_id` in its routing line.',
    payload: { type: 'string', format: 'binary' },
    contentType: 'application/octet-stream',
  },
};

export const REALTIME_SENT: readonly MessageDoc[] = Object.entries(SAYINGS).map(([name, saying]) => ({
  name: `server.${name}`,
  ...saying,
}));

/** What is said without having been asked for. */
export const REALTIME_PUSHED: readonly string[] = PUSHED.map((name) => `server.${name}`);

function frame(type: string, data: Words): Words {
  return shape({ type: always(type), data });
}

function status(word: string, details: Words): Words {
  return frame('Status', shape({ status: always(word), details }));
}

import type { JsonObject } from '../fixtures.js';
import type { WrongPayload } from './payload-plan.js';
import type { RealtimeWorld } from './realtime-world.js';
import { metadata, patterns, payloads, topics } from './topic-plans.js';
import {
  booleans,
  deepObject,
  MISSING,
  pageSizes,
  places,
  reactions,
  texts,
  userIds,
  values,
  verbatim,
  type WrongValue,
} from './wrong-values.js';

const UNKNOWN_GROUP = 'g_0123456789abcdefghijkl';
const UNKNOWN_MESSAGES = ['dm_999999999', 'broadcast_999999999', 'broadcast_x_1', 'dm_0', '1', '__proto__'];

/** All that is known of one type from outside: a frame that works, how it is answered, and how each of its fields can be wrong. */
export interface RealtimePlan {
  readonly data: JsonObject;
  readonly metadata?: JsonObject;
  /** By their paths in the frame, in the order in which they are looked at, so that of two faults the first is known. */
  readonly fields: Readonly<Record<string, readonly WrongValue[]>>;
  /** Whole data that are wrong though each field by itself is not; the field's path is below `data`. */
  readonly wrongAltogether?: readonly WrongPayload[];
  /** The types of what a good one with an `id` is answered with. */
  readonly answers: readonly string[];
}

const targets = texts({ min: 1, max: 128 });
const messageIds = [MISSING, ...texts({ min: 1, max: 64 })];
const historyIds = texts({ min: 1, max: 255 });
const optionalTopics = topics.filter((wrong) => wrong !== MISSING);

const statuses: readonly WrongValue[] = [
  MISSING,
  ...values(null, 1, true, '', 'Online', 'idle', 'ONLINE', '__proto__', ['online'], {}),
];

const selfDescriptions: readonly WrongValue[] = [
  ...values(null, 1, '', 'web', true, []),
  { what: 'a NUL in it', value: { device: '\0' }, at: 'device' },
  { what: 'too deep', value: deepObject(100) },
  { what: 'over 4 KiB', value: { device: 'x'.repeat(4_096) }, code: 413 },
];

/** Every type of the dialect's clients. `X-Delete` comes last: a good one takes away what others need. */
export function realtimePlans({ dialog, directMessage, broadcast, token }: RealtimeWorld) {
  const unknownMessages = (rest: JsonObject): readonly WrongPayload[] =>
    UNKNOWN_MESSAGES.map((id) => ({ payload: { ...rest, message_id: id }, field: 'message_id', code: 404 }));
  const unknownPlaces = ['before', 'after'].flatMap((side) =>
    UNKNOWN_MESSAGES.map((id) => ({ payload: { topic: 'news', [side]: id }, field: side, code: 404 })),
  );
  return {
    Ping: {
      data: { timestamp: 1 },
      fields: { 'data.timestamp': values(null, '1', '', true, [], {}, verbatim('1e400')) },
      answers: ['Pong', 'Ack'],
    },
    Subscribe: {
      data: { topics: ['news', 'updates.*'] },
      fields: { 'data.topics': patterns },
      answers: ['Status', 'Ack'],
    },
    Unsubscribe: {
      data: { topics: ['news', 'never.subscribed'] },
      fields: { 'data.topics': patterns },
      answers: ['Status', 'Ack'],
    },
    Broadcast: {
      data: { topic: 'news', payload: { message: 'Hello!' } },
      metadata: { priority: 'high', ttl: 1, mood: 'happy' },
      fields: { metadata, 'data.topic': topics, 'data.payload': payloads },
      answers: ['Ack'],
    },
    DirectMessage: {
      data: { target_user: dialog, payload: { message: 'Hello!', attachments: [{ type: 'song' }] } },
      metadata: { priority: 'high', ttl: 1, mood: 'happy' },
      fields: { metadata, 'data.target_user': [MISSING, ...targets], 'data.payload': payloads },
      wrongAltogether: [{ payload: { target_user: UNKNOWN_GROUP, payload: 1 }, field: 'target_user', code: 404 }],
      answers: ['Ack'],
    },
    History: {
      data: { topic: 'news', limit: 500, before: broadcast, since: 0 },
      fields: {
        'data.topic': topics,
        'data.limit': pageSizes,
        'data.before': historyIds,
        'data.after': historyIds,
        'data.since': places,
      },
      wrongAltogether: unknownPlaces,
      answers: ['History', 'Ack'],
    },
    Presence: {
      data: { status: 'busy', metadata: { device: 'web' } },
      fields: { 'data.status': statuses, 'data.metadata': selfDescriptions },
      answers: ['Ack'],
    },
    PresenceQuery: {
      data: { users: [dialog] },
      fields: { 'data.users': [MISSING, ...userIds(500)] },
      answers: ['Presence', 'Ack'],
    },
    Auth: {
      data: { token },
      fields: { 'data.token': [MISSING, ...texts()] },
      wrongAltogether: ['', 'x', '..', 'e30.e30.e30', `${token}x`, 'x'.repeat(100_000)].map((bad) => ({
        payload: { token: bad },
        code: 401,
      })),
      answers: ['AuthStatus', 'Ack'],
    },
    'X-Edit': {
      data: { message_id: directMessage, payload: { message: 'Hi!' } },
      fields: { 'data.message_id': messageIds, 'data.payload': payloads },
      wrongAltogether: unknownMessages({ payload: 1 }),
      answers: ['Ack'],
    },
    'X-Reactions': {
      data: { message_id: directMessage, reaction: '👍', adding: true },
      fields: {
        'data.message_id': messageIds,
        'data.reaction': [MISSING, ...reactions],
        'data.adding': [MISSING, ...booleans],
      },
      wrongAltogether: unknownMessages({ reaction: '👍', adding: true }),
      answers: ['Ack'],
    },
    'X-Typing': {
      data: { target_user: dialog, stop: true },
      fields: { 'data.topic': texts(), 'data.target_user': targets, 'data.stop': booleans },
      wrongAltogether: [
        { payload: {}, field: 'topic' },
        { payload: { topic: 'news', target_user: dialog }, field: 'target_user' },
        { payload: { topic: 'news' }, field: 'topic', code: 404 },
        { payload: { topic: '' }, field: 'topic', code: 404 },
        { payload: { topic: `chat.${UNKNOWN_GROUP}` }, field: 'topic', code: 404 },
        { payload: { target_user: UNKNOWN_GROUP }, field: 'target_user', code: 404 },
      ],
      answers: ['Ack'],
    },
    'X-Custom': {
      data: { topic: 'actions', action: 'special_operation' },
      metadata: { mood: 'happy' },
      fields: {
        metadata: values(null, 1, 'high', true, []),
        'data.topic': optionalTopics,
        'data.target_user': targets,
      },
      wrongAltogether: [
        { payload: { topic: 'actions', target_user: dialog }, field: 'target_user' },
        { payload: {}, code: 404 },
        { payload: { target_user: 'nobody' }, code: 404 },
        { payload: { target_user: UNKNOWN_GROUP }, field: 'target_user', code: 404 },
      ],
      answers: ['Ack'],
    },
    'X-Delete': {
      data: { message_id: directMessage },
      fields: { 'data.message_id': messageIds },
      wrongAltogether: unknownMessages({}),
      answers: ['Ack'],
    },
  } satisfies Record<string, RealtimePlan>;
}

export type RealtimeType = keyof ReturnType<typeof realtimePlans>;

/** For the names of tests, which must be known before there is a server. */
export const realtimeTypes = Object.keys(
  realtimePlans({ dialog: '', directMessage: '', broadcast: '', group: '', token: '' }),
) as RealtimeType[];

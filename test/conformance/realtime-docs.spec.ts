import 'reflect-metadata';

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { AuthDto } from '../../src/auth/auth.dto.js';
import type { Incoming } from '../../src/dialects/dialect.js';
import { realtimeDialect } from '../../src/dialects/realtime/realtime.dialect.js';
import type { PayloadClass } from '../../src/dispatch/handles-payload.decorator.js';
import { PayloadValidator } from '../../src/dispatch/payload-validator.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { BadRequestError } from '../../src/domain/errors.js';
import type { DurableEvent, EphemeralEvent } from '../../src/domain/events.js';
import type { Message } from '../../src/domain/message.js';
import type { AnswerOf, PayloadType } from '../../src/domain/payloads.js';
import { BINARY_KINDS, type TopicMessage } from '../../src/domain/topics.js';
import { BinaryDto } from '../../src/services/binary/binary.dto.js';
import { DirectMessageDto } from '../../src/services/messages/direct-message.dto.js';
import {
  ExtendedDeleteDto,
  ExtendedEditDto,
  ExtendedReactionsDto,
} from '../../src/services/messages/extensions.dto.js';
import { PresenceQueryDto, SetPresenceDto } from '../../src/services/presence/presence.dto.js';
import { ExtendedTypingDto } from '../../src/services/presence/typing.dto.js';
import { BroadcastDto } from '../../src/services/topics/broadcast.dto.js';
import { CustomDto } from '../../src/services/topics/custom.dto.js';
import { SubscribeDto } from '../../src/services/topics/subscribe.dto.js';
import { TopicHistoryDto } from '../../src/services/topics/topic-history.dto.js';
import { binaryFrame } from '../support/bad-input/binary-frames.js';
import type { RealtimeType } from '../support/bad-input/realtime-plans.js';
import type { JsonObject } from '../support/fixtures.js';
import { textOf } from '../support/frame-text.js';

const document = readFileSync(join(__dirname, '../../docs/protocol/realtime.md'), 'utf8');

function examples(direction: 'client' | 'server'): readonly string[] {
  const blocks = document.matchAll(/^```json (client|server)\n(.*?)^```$/gms);
  return [...blocks].filter(([, side]) => side === direction).map(([, , text = '']) => text);
}

const requests = examples('client');
const answers = examples('server').map((text) => JSON.parse(text) as JsonObject);

/** All types of the dialect's clients; the compiler keeps the list whole. */
const clientTypes: Record<Exclude<RealtimeType, 'X-Custom'> | 'X-CustomAction', true> = {
  Ping: true,
  Subscribe: true,
  Unsubscribe: true,
  Broadcast: true,
  DirectMessage: true,
  History: true,
  Presence: true,
  PresenceQuery: true,
  Auth: true,
  'X-Edit': true,
  'X-Delete': true,
  'X-Reactions': true,
  'X-Typing': true,
  'X-CustomAction': true,
};

const MAX_DEPTH = 64;

const rules: Readonly<Record<string, PayloadClass>> = {
  subscribe: SubscribeDto,
  unsubscribe: SubscribeDto,
  broadcast: BroadcastDto,
  directMessage: DirectMessageDto,
  topicHistory: TopicHistoryDto,
  setPresence: SetPresenceDto,
  presenceQuery: PresenceQueryDto,
  auth: AuthDto,
  binary: BinaryDto,
  'X-Edit': ExtendedEditDto,
  'X-Delete': ExtendedDeleteDto,
  'X-Reactions': ExtendedReactionsDto,
  'X-Typing': ExtendedTypingDto,
  'X-CustomAction': CustomDto,
};

/** Everything that is wrong with a frame before anything is done. */
function faultsIn(incoming: Incoming): readonly string[] {
  switch (incoming.kind) {
    case 'batch':
      return incoming.frames.flatMap(faultsIn);
    case 'request': {
      const type = rules[incoming.ref.payloadType ?? ''];
      if (!type) return [`nobody checks ${incoming.ref.payloadType}`];
      const fault = new PayloadValidator(type, MAX_DEPTH).faultyField(incoming.payload as object, true);
      return fault === undefined ? [] : [fault];
    }
    case 'bad':
      return [incoming.error.message];
    default:
      return [];
  }
}

const at = 1_700_000_000_000;
const dialog: ChatAddress = { id: 1, kind: 'dialog', users: ['user123', 'user456'] };
const group: ChatAddress = { id: 2, kind: 'group', publicId: 'g_AAAAAAAAAAAAAAAAAAAAAA' };
const message: Message = { id: 1, number: 1, sender: 'user123', kind: 'new', payloadJson: '{}', createdAt: at };
const broadcast: TopicMessage = { id: 'broadcast_1', topic: 'a', sender: 'user123', payloadJson: '{}', at };
const away: AnswerOf<'directMessage'> = { messageId: 'dm_1', deliveredTo: [], queued: true };
const subscribed: AnswerOf<'subscribe'> = { topics: ['a'], activeSubscriptions: 1 };
const file: AnswerOf<'binary'> = {
  ...{ kind: 'file_transfer', size: 1, checksum: 'sha256:', recipients: 1 },
  ...{ fileId: 'f', url: '/', messageId: 'dm_1' },
};
const change = { change: 1, newest: 1, at, origin: { userId: 'user123' } };
const { extended } = realtimeDialect;

function answered<T extends PayloadType>(payloadType: T, payload: AnswerOf<T>, id: string | null = null): string[] {
  return [...realtimeDialect.encodeAnswer({ id, payloadType, target: 'user456' }, payload)];
}

const told = (event: EphemeralEvent): string | undefined => extended.encodeEphemeral(event, 'user456', at);

function seen(event: DurableEvent, viewer: string): string | undefined {
  return textOf(extended.encodeDurable(event)?.forView({ eventId: 1, viewer, chatId: '' }));
}

const sent: DurableEvent = { type: 'messageSent', chat: dialog, message, bases: [], ...change };
const resumed = { resumed: false, gap: ['news'] };
const self = { status: 'away', metadataJson: '{}', lastSeen: at } as const;

/** Every frame that the server can say, as the code makes it. */
const spoken: Readonly<Record<string, string | undefined>> = {
  Welcome: told({ type: 'welcome', connectionId: 'c' }),
  'Welcome to a session with a gap': told({ type: 'welcome', connectionId: 'c', session: resumed }),
  Pong: realtimeDialect.encodePong({ kind: 'ping' }, at)[0],
  'the Ack of Auth': answered('auth', { expiresAt: at }, 'a')[1],
  'the Ack of Subscribe': answered('subscribe', subscribed, 'a')[1],
  'the Ack of a Broadcast': answered('broadcast', { messageId: 'broadcast_1', recipients: 1 }, 'a')[0],
  'the Ack of a DirectMessage': answered('directMessage', { ...away, deliveredTo: ['c'], queued: false }, 'a')[0],
  'the Ack of what is queued': answered('directMessage', away, 'a')[1],
  'the Ack of X-Reactions': answered('X-Reactions', { reactions: { '👍': 1 } }, 'a')[0],
  'Error with a field': realtimeDialect.encodeError({ id: 'a' }, BadRequestError.at('data')),
  'Error of what is queued': answered('directMessage', away, 'a')[0],
  'Status subscribed': answered('subscribe', subscribed)[0],
  'Status unsubscribed': told({ type: 'subscriptionsEnded', ...subscribed }),
  'Status gap': told({ type: 'topicGap', topics: ['a'] }),
  'Status draining': told({ type: 'reconnect', afterMs: 1 }),
  'Status binary_received': answered('binary', file)[0],
  'AuthStatus token_expiring': told({ type: 'tokenExpiring', expiresAt: at }),
  'AuthStatus refreshed': answered('auth', { expiresAt: at })[0],
  Broadcast: realtimeDialect.encodeTopicMessage(broadcast),
  DirectMessage: seen(sent, 'user456'),
  'a DirectMessage of one’s own': seen(sent, 'user123'),
  History: answered('topicHistory', { topic: 'a', messages: [broadcast], hasMore: false })[0],
  Presence: told({ type: 'statusChanged', userId: 'user789', ...self }),
  'Presence, asked for': answered('presenceQuery', {
    users: [
      { userId: 'user789', status: 'away', lastSeen: at, metadata: {} },
      { userId: 'user456', status: 'offline', lastSeen: at },
    ],
  })[0],
  Notification: told({
    type: 'notification',
    notification: { level: 'info', title: '', message: '', actions: [{ label: '', url: '' }] },
  }),
  'X-CustomAction': realtimeDialect.encodeHanded({
    ...{ id: 'broadcast_1', sender: 'user123', at, to: { topic: 'actions' } },
    content: {
      kind: 'custom',
      type: 'X-CustomAction',
      dataJson: '{"action":"special_operation","parameters":{},"topic":"actions"}',
    },
  }) as string,
  'X-Edit': seen({ type: 'messageEdited', chat: dialog, message, ...change }, 'user456'),
  'X-Delete of one’s own': seen({ type: 'messageDeleted', chat: dialog, message, ...change }, 'user123'),
  'X-Reactions in a group': seen(
    {
      ...{ type: 'messageReacted', chat: group, message, ...change },
      ...{ reaction: '👍', adding: true, reactionsJson: '{"👍":1}' },
    },
    'user456',
  ),
  'X-Typing': told({ type: 'typing', chat: dialog, userId: 'user123' }),
};

/** What is the clients' own looks as they like. */
const OWN = new Set(['payload', 'reactions']);

/** Of these frames the status says what they are; of a user's presence it does not. */
const NAMED_BY_STATUS = new Set<unknown>(['Status', 'AuthStatus', 'Ack']);

/** Which frame it is, and what members of which kinds it has in which order. */
function shapeOf({ type, data }: JsonObject): string {
  const status = NAMED_BY_STATUS.has(type) ? (data as JsonObject).status : undefined;
  return JSON.stringify([type, status, membersOf(data)]);
}

function membersOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.some(isObject) ? value.map(membersOf) : 'list';
  if (!isObject(value)) return typeof value;
  return Object.entries(value).map(([name, inner]): unknown => {
    if (name === 'features') return [name, inner];
    const isOwn = OWN.has(name) || (name === 'metadata' && !Object.hasOwn(Object(inner) as object, 'message_id'));
    return [name, isOwn ? 'own' : membersOf(inner)];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const shapes = Object.values(spoken).map((text) => shapeOf(JSON.parse(text ?? '{}') as JsonObject));
const shown = answers.map(shapeOf);

describe('docs/protocol/realtime.md', () => {
  it('marks every example as a client or a server frame', () => {
    expect(document.match(/^```json/gm)).toHaveLength(requests.length + answers.length);
  });

  it.each(requests)('shows a client frame that nothing is wrong with: %s', (text) => {
    expect(faultsIn(realtimeDialect.decode(Buffer.from(text), false))).toEqual([]);
  });

  it.each(Object.keys(clientTypes))('shows how a client says %s', (type) => {
    expect(requests.filter((text) => (JSON.parse(text) as JsonObject).type === type)).not.toEqual([]);
  });

  it('shows a batch', () => {
    expect(requests.some((text) => text.startsWith('['))).toBe(true);
  });

  it.each(answers)('shows a server frame as the code makes it: %j', (frame) => {
    expect(shapes).toContain(shapeOf(frame));
  });

  it.each(Object.keys(spoken).map((name, index) => [name, shapes[index]]))(
    'shows how the server says: %s',
    (_, shape) => {
      expect(shown).toContain(shape);
    },
  );

  it('names the types of binary frames', () => {
    const rows = [...document.matchAll(/^\| `0x0(\d)` \|[^|]*\| `(\w+)` *\|$/gm)];
    expect(Object.fromEntries(rows.map(([, byte, kind]) => [byte, kind]))).toEqual(BINARY_KINDS);
  });

  it('shows a binary frame with a routing line that nothing is wrong with', () => {
    const [, line = ''] = /^```text\n(\{.*)\\n<bytes>\n```$/m.exec(document) ?? [];
    const incoming = realtimeDialect.decode(binaryFrame(1, `${line}\n`), true);
    expect(incoming).toMatchObject({ kind: 'request', payload: JSON.parse(line) as object });
    expect(faultsIn(incoming)).toEqual([]);
  });
});

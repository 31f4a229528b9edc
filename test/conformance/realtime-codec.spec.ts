import { realtimeDialect } from '../../src/dialects/realtime/realtime.dialect.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { BadRequestError, NotFoundError } from '../../src/domain/errors.js';
import type { EphemeralEvent } from '../../src/domain/events.js';
import type { Message } from '../../src/domain/message.js';
import type { AnswerOf, PayloadType } from '../../src/domain/payloads.js';
import { binaryPayload, type HandedMessage, type TopicMessage } from '../../src/domain/topics.js';
import { type ClientFixture, expectedFrame, loadFixtures, type ServerFixture } from '../support/fixtures.js';
import { textOf } from '../support/frame-text.js';

const frames = loadFixtures('realtime').flatMap((fixture) => fixture.frames);
const clientFrames = frames.filter((frame): frame is ClientFixture => frame.direction === 'client');
const serverFrames = frames.filter((frame): frame is ServerFixture => frame.direction === 'server');

const at = 1234567890;
const payloadJson = '{"message":"Hello everyone!","sender":"user123","metadata":{"mood":"happy"}}';
const broadcast: TopicMessage = { id: 'broadcast_123456', topic: 'chat.general', sender: 'user123', payloadJson, at };
const dialog: ChatAddress = { id: 1, kind: 'dialog', users: ['user123', 'user456'] };
const directMessage: Message = {
  id: 123456,
  number: 1,
  sender: 'user123',
  kind: 'new',
  text: 'Private message',
  payloadJson: '{"message":"Private message","attachments":[]}',
  createdAt: at,
};
const deviceAndPlace = { device: 'web', location: 'New York' };
const general = { topics: ['chat.general', 'notifications'], activeSubscriptions: 3 };

function answer<T extends PayloadType>(payloadType: T, payload: AnswerOf<T>, id: string | null = null): string[] {
  return [...realtimeDialect.encodeAnswer({ id, payloadType, target: 'user456' }, payload)];
}

const told = (event: EphemeralEvent): string | undefined => realtimeDialect.encodeEphemeral(event, 'user123', at);
const queued: AnswerOf<'directMessage'> = { messageId: 'dm_123456', deliveredTo: [], queued: true };
const sentFile: AnswerOf<'binary'> = { kind: 'file_transfer', size: 1024, checksum: 'sha256:...', recipients: 0 };
const history: AnswerOf<'topicHistory'> = {
  topic: 'updates.web',
  messages: [{ ...broadcast, id: 'broadcast_8', topic: 'updates.web' }],
  hasMore: true,
};

/** What stands behind each of the document's server frames in the domain. */
const serverSays: Readonly<Record<string, () => string | undefined>> = {
  'the server answers the ping': () => realtimeDialect.encodePong({ kind: 'ping', timestamp: at }, 5)[0],

  'the server confirms the subscriptions': () =>
    answer('subscribe', { topics: ['notifications', 'chat.general', 'updates.*'], activeSubscriptions: 3 })[0],
  'the server confirms the end of a subscription': () =>
    answer('unsubscribe', { topics: ['chat.general'], activeSubscriptions: 2 })[0],
  'the server confirms what the printed client subscribed to': () => answer('subscribe', general, 'msg_1')[0],
  'the server acks the subscriptions': () => answer('subscribe', general, 'msg_1')[1],

  'the server acks the broadcast': () =>
    answer('broadcast', { messageId: broadcast.id, recipients: 42 }, 'msg_123456')[0],
  'a subscriber gets the broadcast': () => realtimeDialect.encodeTopicMessage(broadcast),
  'a subscriber gets the broadcast with its metadata': () =>
    realtimeDialect.encodeTopicMessage({
      ...broadcast,
      id: 'broadcast_123457',
      payloadJson: '"b3BhcXVl"',
      metadataJson: '{"priority":"high","ttl":3600,"encryption":"aes256","compression":"gzip"}',
    }),

  'the server acks the direct message': () =>
    answer(
      'directMessage',
      { messageId: 'dm_123456', deliveredTo: ['conn_abc123', 'conn_def456'], queued: false },
      'dm_789012',
    )[0],
  'the user gets the direct message': () =>
    textOf(
      realtimeDialect
        .encodeDurable({
          type: 'messageSent',
          ...{ chat: dialog, change: 1, newest: 1, at, origin: { userId: 'user123' } },
          message: directMessage,
          bases: [],
        })
        ?.forView({ eventId: 1, viewer: 'user456', chatId: 'user123' }),
    ),
  'the server says that the user is away': () => answer('directMessage', queued, 'dm_789012')[0],
  'the server acks that the message waits': () => answer('directMessage', queued, 'dm_789012')[1],

  'the server welcomes a connection': () =>
    told({ type: 'welcome', connectionId: '550e8400-e29b-41d4-a716-446655440000' }),
  'an operator tells something': () =>
    told({
      type: 'notification',
      notification: {
        level: 'info',
        title: 'Maintenance Notice',
        message: 'System will undergo maintenance in 1 hour',
        actions: [{ label: 'Learn More', url: 'https://status.example.com' }],
      },
    }),
  'another user learns of it': () =>
    told({
      type: 'statusChanged',
      userId: 'user789',
      status: 'online',
      lastSeen: at,
      metadataJson: JSON.stringify(deviceAndPlace),
    }),
  'the server says how users are': () =>
    answer('presenceQuery', {
      users: [{ userId: 'user789', status: 'online', lastSeen: at, metadata: deviceAndPlace }],
    })[0],

  'the server refuses a frame': () =>
    realtimeDialect.encodeError(
      { id: null },
      new BadRequestError('Human-readable error message', { field: 'additional', context: 'information' }),
    ),
  'nobody handles the type': () =>
    realtimeDialect.encodeError(
      { id: null, payloadType: 'X-CustomAction' },
      new NotFoundError('nobody handles X-CustomAction'),
    ),

  'the server says that the token ends soon': () => told({ type: 'tokenExpiring', expiresAt: at }),
  'the server takes the new token': () => answer('auth', { expiresAt: at }, 'msg_1')[0],
  'the server acks the new token': () => answer('auth', { expiresAt: at }, 'msg_1')[1],

  'the server has the bytes': () => answer('binary', { ...sentFile, fileId: 'f_1', url: '/api/files/f_1' })[0],

  "the server shows the topic's history": () => answer('topicHistory', history, 'msg_2')[0],
  'the server acks the history': () => answer('topicHistory', history, 'msg_2')[1],
};

describe('the golden frames of realtime', () => {
  it('are told apart by their names', () => {
    expect(new Set(frames.map(({ name }) => name)).size).toBe(frames.length);
  });

  it('have something in the domain behind each frame of the server', () => {
    expect(serverFrames.map(({ name }) => name).sort()).toEqual(Object.keys(serverSays).sort());
  });

  it.each(clientFrames.map((fixture) => [fixture.name, fixture] as const))('are understood: %s', (_, fixture) => {
    const { frame, decoded } = fixture;
    const incoming = realtimeDialect.decode(Buffer.from(JSON.stringify(frame)), false);
    // Without the members under symbols, which no fixture can hold.
    expect(JSON.parse(JSON.stringify(incoming))).toEqual(decoded);
  });

  it.each(serverFrames.map((fixture) => [fixture.name, fixture] as const))('are spoken: %s', (name, fixture) => {
    expect(JSON.parse(serverSays[name]?.() ?? 'null')).toEqual(expectedFrame(fixture));
  });
});

const body = Buffer.from([0xff, 0x00]);

/** Type, length, routing line, body. */
function binaryFrame(type: number, line: string): Buffer {
  return Buffer.concat([Buffer.from([type, 0, 0, 0, line.length + body.length]), Buffer.from(line), body]);
}

describe('the golden binary frames of realtime', () => {
  it('are understood, with a routing line', () => {
    const sentFrame = binaryFrame(1, '{"topic":"a.b","n": 1.0}\n');
    expect(realtimeDialect.decode(sentFrame, true)).toEqual({
      kind: 'request',
      ref: { id: null, payloadType: 'binary' },
      payload: {
        kind: 'broadcast',
        topic: 'a.b',
        [binaryPayload]: {
          payload: sentFrame.subarray(5),
          body,
          line: { topic: 'a.b', n: 1 },
        },
      },
      mayHoldEscapes: false,
    });
  });

  it('are spoken with two more fields in the line', () => {
    const handed: HandedMessage = {
      id: 'broadcast_1',
      sender: 'user123',
      at,
      to: { topic: 'a.b' },
      content: { kind: 'binary', kindByte: 1, line: { topic: 'a.b', from_user: 'x' }, body },
    };
    const line = '{"topic":"a.b","from_user":"user123","message_id":"broadcast_1"}\n';
    expect(realtimeDialect.encodeHanded(handed)).toEqual(binaryFrame(1, line));
  });
});

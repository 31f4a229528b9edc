import { messagingDialect } from '../../src/dialects/messaging/messaging.dialect.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import type { Call } from '../../src/domain/calls.js';
import type { ChatState, DurableEvent, View } from '../../src/domain/events.js';
import type { AnswerOf, ChatAnswer, PayloadType } from '../../src/domain/payloads.js';
import { shownCall } from '../../src/domain/shown-call.js';
import { rawPayload } from '../../src/domain/topics.js';
import { type ClientFixture, expectedFrame, loadFixtures, type ServerFixture } from '../support/fixtures.js';
import { textOf } from '../support/frame-text.js';

const frames = loadFixtures('messaging').flatMap((fixture) => fixture.frames);
const clientFrames = frames.filter((frame): frame is ClientFixture => frame.direction === 'client');
const serverFrames = frames.filter((frame): frame is ServerFixture => frame.direction === 'server');

const dialog: ChatAddress = { id: 1, kind: 'dialog', users: ['User1', 'User2'] };
const photo = { id: 9, number: 125, clientMessageId: '9CD99794-6D8E-4E82-9C97-D474831A43E3' };
const photoAttachments = [
  {
    type: 'image',
    id: 'img123',
    filename: 'photo.jpg',
    url: '<http://example.com/photo.jpg>',
    meta: { mimetype: 'image/jpeg', width: 1024, height: 768, size: 204800 },
  },
];

const change = (at: number) => ({ chat: dialog, change: 1, newest: 125, at, origin: { userId: 'User1' } });
const toUser1 = (eventId: number, view: Partial<View>): View => ({
  eventId,
  viewer: 'User1',
  chatId: 'User2',
  ...view,
});
const toUser2 = (eventId: number, view: Partial<View>): View => ({
  eventId,
  viewer: 'User2',
  chatId: 'User1',
  ...view,
});

const callId = 'call_3kTMd0mYQxOdrdbnsJ2Q1w';
const CALLED_AT = 1700600000000;
const ringing: Call = {
  callId,
  caller: 'User1',
  callType: 'video',
  participants: ['User1', 'User2'],
  startedAt: CALLED_AT,
  ringsUntil: CALLED_AT + 60_000,
};
const received: Call = {
  ...ringing,
  acceptedAt: CALLED_AT,
  ended: { at: CALLED_AT, status: 'received', durationS: 0 },
};
const declinable: Call = { ...ringing, callType: 'audio' };
const missed: Call = { ...declinable, ended: { at: CALLED_AT, status: 'missed', durationS: 0 } };
const offerJson = String.raw`{"type":"offer","sdp":"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"}`;

function answer(id: string, payloadType: string, timestamp: number, payload: object): string {
  return messagingDialect.encodeAnswer({ id, payloadType }, { timestamp, ...payload }, timestamp);
}

function answerToCall(id: string, payloadType: string, payload: object): string {
  return messagingDialect.encodeAnswer({ id, payloadType }, payload, CALLED_AT);
}

/** @param number of the call's message */
function toldOfCall(type: 'callStarted' | 'callClosed' | 'callLogged', call: Call, number: number, view: View) {
  const base = { ...change(CALLED_AT), message: { number }, call };
  return told(type === 'callStarted' ? { ...base, type, bases: [] } : { ...base, type }, view);
}

function told(event: DurableEvent, view: View): string | undefined {
  return textOf(messagingDialect.encodeDurable(event)?.forView(view));
}

const MADE_AT = 1700100000000;
const groupId = 'g_3kTMd0mYQxOdrdbnsJ2Q1w';
const pair = [
  { userId: 'User1', role: 'owner' },
  { userId: 'User2', role: 'member' },
] as const;

function groupOf(name: string, ...participants: ChatAnswer['meta']['participants']): ChatAnswer {
  const meta = { owner: 'User1', createdAt: MADE_AT, participants };
  return { type: 'group', chatId: groupId, name, missed: 0, meta };
}

function answerOfChat<T extends PayloadType>(id: string, payloadType: T, payload: AnswerOf<T>): string {
  return messagingDialect.encodeAnswer({ id, payloadType }, payload, MADE_AT);
}

function toldOfGroup(eventId: number, state: Partial<ChatState>): string | undefined {
  const now: ChatState = { chatId: groupId, kind: 'group', missed: 0, ...state };
  return told({ type: 'chatState', state: now, at: MADE_AT }, toUser2(eventId, { chatId: groupId }));
}

/** What stands behind each of the documents' server frames in the domain. */
const serverSays: Readonly<Record<string, () => string | undefined>> = {
  'overview: the server confirms the text': () => answer('req001', 'new', 1700000000000, { messageId: 5 }),
  'overview: User2 is online': () =>
    messagingDialect.encodeEphemeral({ type: 'online', userId: 'User2' }, 'User1', 1700000000000),

  'User2 sees that User1 types': () =>
    messagingDialect.encodeEphemeral({ type: 'typing', chat: dialog, userId: 'User1' }, 'User2', 1700500000000),
  'the server confirms the message': () =>
    answer('1', 'new', 1700200000000, { messageId: 125, clientMessageId: photo.clientMessageId }),
  'User2 gets the message': () =>
    told(
      {
        ...change(1700300000000),
        type: 'messageSent',
        message: {
          ...photo,
          sender: 'User1',
          kind: 'new',
          text: 'Check out this photo!',
          attachmentsJson: JSON.stringify(photoAttachments),
          createdAt: 1700300000000,
        },
        bases: [],
      },
      toUser2(1, { missed: 1 }),
    ),
  'the server takes the delivered mark': () =>
    answer('101', 'dlvrd', 1700200000000, { messageId: 125, clientMessageId: photo.clientMessageId }),
  'User1 learns that the message was delivered': () =>
    told({ type: 'chatMarked', mark: 'dlvrd', userId: 'User2', at: 1700200000000 }, toUser1(1, { marked: photo })),
  'the server takes the read mark': () =>
    answer('102', 'read', 1700200002000, {
      chatId: 'User1',
      messageId: 125,
      clientMessageId: photo.clientMessageId,
      missed: 0,
    }),
  'User1 learns that the message was read': () =>
    told({ type: 'chatMarked', mark: 'read', userId: 'User2', at: 1700200000000 }, toUser1(2, { marked: photo })),
  'the server confirms the deletion': () =>
    answer('2', 'delete', 1700400002000, { messageId: 125, clientMessageId: photo.clientMessageId }),
  'User2 learns that the message is deleted': () =>
    told({ ...change(1700500000000), type: 'messageDeleted', message: photo }, toUser2(2, {})),

  'User2 learns that User1 is online': () =>
    messagingDialect.encodeEphemeral({ type: 'online', userId: 'User1' }, 'User2', 1700400000000),
  'User2 learns that User1 is offline': () =>
    messagingDialect.encodeEphemeral({ type: 'offline', userId: 'User1' }, 'User2', 1700400000000),

  'the server has the ack of event 23': () => messagingDialect.encodeAcked('23', 1700200000000),

  'the server takes the mark for the newest message': () => answer('14', 'dlvrd', 1714343766000, { messageId: 15 }),
  'User2 learns once that everything was delivered': () =>
    told(
      { type: 'chatMarked', mark: 'dlvrd', userId: 'User1', at: 1714343766000 },
      toUser2(6, { marked: { number: 15 } }),
    ),

  'the server confirms the call': () => answerToCall('c1', 'newCall', { callId, messageId: 5 }),
  'it rings with User2': () => toldOfCall('callStarted', ringing, 5, toUser2(1, {})),
  'the server confirms the acceptance': () =>
    answerToCall('c2', 'acceptCall', { callId, accepted: ['User1', 'User2'] }),
  'the server confirms the signal': () => answerToCall('c3', 'signal', { callId }),
  'User2 gets the offer': () => {
    const event = { type: 'signal', callId, from: 'User1', dataJson: offerJson } as const;
    return messagingDialect.encodeEphemeral(event, 'User2', CALLED_AT);
  },
  'the server confirms the closing': () =>
    answerToCall('c4', 'closeCall', { callId, status: 'received', callDuration: 0 }),
  'User2 learns that the call is closed': () => toldOfCall('callClosed', received, 5, toUser2(2, {})),
  'User2 gets the call as a message': () => toldOfCall('callLogged', received, 5, toUser2(3, {})),
  'User1 learns that the call is closed': () => toldOfCall('callClosed', received, 5, toUser1(1, {})),
  'User1 gets the call as a message': () => toldOfCall('callLogged', received, 5, toUser1(2, {})),
  'the history shows the call': () =>
    answerToCall('c5', 'messages', {
      messages: [
        {
          ...{ messageId: 5, sender: 'User1', type: 'call', status: 'undelivered', createdAt: CALLED_AT },
          payload: shownCall(received, 'incoming'),
        },
      ],
    }),

  'the server shows the group': () => answerOfChat('g1', 'createChat', groupOf('Lunch', ...pair)),
  'User2 learns of the group': () => toldOfGroup(1, { name: 'Lunch' }),
  'the server shows the group under its other name': () =>
    answerOfChat('g2', 'updateChat', groupOf('Late lunch', ...pair)),
  'User2 learns of the other name': () => toldOfGroup(2, { name: 'Late lunch' }),
  'the server shows the group without User2': () =>
    answerOfChat('g3', 'removeParticipants', groupOf('Late lunch', pair[0])),
  'User2 learns that it is no longer in the group': () => toldOfGroup(3, { removed: true }),
  'the server shows the group with User2': () => answerOfChat('g4', 'addParticipants', groupOf('Late lunch', ...pair)),
  'User2 learns that it is in the group again': () => toldOfGroup(4, { name: 'Late lunch' }),

  'the server shows the channel': () =>
    answerOfChat('j1', 'joinChat', {
      ...{ type: 'channel', chatId: 'c_3kTMd0mYQxOdrdbnsJ2Q1w', name: 'general', missed: 0 },
      meta: { createdAt: MADE_AT, participants: [{ userId: 'User1', role: 'member' }] },
    }),
  'the server confirms that User1 has left': () => answerOfChat('j2', 'leaveChat', {}),
  'the server confirms the topics': () =>
    answerOfChat('j3', 'subscribe', { topics: ['news', 'updates.*'], activeSubscriptions: 2 }),
  'the server confirms the end of the subscription': () =>
    answerOfChat('j4', 'unsubscribe', { topics: ['updates.*'], activeSubscriptions: 1 }),

  'the server confirms the call that will be declined': () => answerToCall('d1', 'newCall', { callId, messageId: 1 }),
  'it rings with User2, who is busy': () => toldOfCall('callStarted', declinable, 1, toUser2(1, {})),
  'the server confirms the decline': () => answerToCall('d2', 'declineCall', { callId }),
  'User1 learns that nobody accepted': () => toldOfCall('callClosed', missed, 1, toUser1(1, {})),
  'User1 gets the missed call as a message': () => toldOfCall('callLogged', missed, 1, toUser1(2, {})),
  'User2 learns that it is closed': () => toldOfCall('callClosed', missed, 1, toUser2(2, {})),
  'User2 gets the missed call as a message': () => toldOfCall('callLogged', missed, 1, toUser2(3, {})),
};

/** What is signalled goes on as it was written. */
function payloadOf({ payloadType, payload }: ClientFixture['frame']): unknown {
  if (payloadType !== 'signal') return payload;
  return { ...(payload as object), [rawPayload]: JSON.stringify((payload as { data: unknown }).data) };
}

describe('the golden frames of messaging', () => {
  it('are told apart by their names', () => {
    expect(new Set(frames.map(({ name }) => name)).size).toBe(frames.length);
  });

  it('have something in the domain behind each frame of the server', () => {
    expect(serverFrames.map(({ name }) => name).sort()).toEqual(Object.keys(serverSays).sort());
  });

  it.each(clientFrames.map((fixture) => [fixture.name, fixture] as const))('are understood: %s', (_, fixture) => {
    const { frame, decoded } = fixture;
    const asking = frame.type === 'ack' ? {} : { payload: payloadOf(frame), mayHoldEscapes: false };
    expect(messagingDialect.decode(Buffer.from(JSON.stringify(frame)), false)).toEqual({ ...decoded, ...asking });
  });

  it.each(serverFrames.map((fixture) => [fixture.name, fixture] as const))('are spoken: %s', (name, fixture) => {
    expect(JSON.parse(serverSays[name]?.() ?? 'null')).toEqual(expectedFrame(fixture));
  });
});

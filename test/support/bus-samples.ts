import type { AnswerOf, BusMessage, BusQuestionKind, QuestionOf } from '../../src/delivery/bus/bus.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { callChanges, ENDED } from './call-changes.js';

const dialog: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const change = { chat: dialog, change: 2, newest: 1, at: 5, origin: { userId: 'Ann' }, message: { number: 1 } };
const signal = { callId: 'call_1', from: 'Ann', dataJson: '{"sdp":"v=0","n": 1.0}' };
const announcement = {
  audience: { everybody: true },
  event: { type: 'moduleEvent', name: 'pollVoted', payloadJson: '{"n": 1.0}' },
} as const;

type MessageSamples = { readonly [K in BusMessage['kind']]: Extract<BusMessage, { kind: K }> };

/** One of everything that servers tell one another; the compiler keeps the list whole. */
export const messageSamples: MessageSamples = {
  changes: { kind: 'changes', changes: callChanges(change, ENDED) },
  uncertain: { kind: 'uncertain', chats: [dialog] },
  heads: { kind: 'heads', server: 'one', heads: [{ chat: dialog, change: 2, newest: 1, joined: ['Cid'] }] },
  topicsCommitted: {
    kind: 'topicsCommitted',
    told: { messages: [{ id: 'broadcast_1', topic: 'a.b' }], newest: 7, failed: ['broadcast_0'] },
  },
  topicsNewest: { kind: 'topicsNewest', newest: 7 },
  announcement: { kind: 'announcement', id: 'a:1', at: 1_000, announcement },
  revoked: { kind: 'revoked', revoked: { userId: 'Ann', version: 2, issuedUpTo: 500 } },
  deviceOpened: {
    kind: 'deviceOpened',
    opened: { userId: 'Ann', dialect: 'realtime', device: 'phone', sessionId: 4, introducedAs: 12 },
  },
  arriving: { kind: 'arriving', userId: 'Ann' },
  spent: { kind: 'spent', server: 'one', spending: { limit: 'frames', userId: 'Ann', frames: 10 } },
  canary: { kind: 'canary', server: 'one:8081', id: '1' },
  presence: {
    kind: 'presence',
    server: 'one',
    number: 3,
    news: [
      { kind: 'here', userId: 'Ann', self: { status: 'busy', metadataJson: '{"a":"ü"}', setAt: 5, by: 'one' } },
      { kind: 'gone', userId: 'Bob', lastSeen: 5, contacts: ['Ann'] },
      { kind: 'described', userId: 'Dan', self: { status: 'away', setAt: 6, by: 'one' } },
      { kind: 'left', userId: 'Bob' },
      { kind: 'joined', userId: 'Cid', userNumber: 7 },
    ],
  },
  presenceWanted: { kind: 'presenceWanted', server: 'one', heard: 3 },
  presenceList: {
    kind: 'presenceList',
    server: 'one',
    part: {
      ...{ part: 1, isLast: false, number: 3, plain: ['Bob'] },
      described: [{ userId: 'Ann', self: { status: 'busy', setAt: 5, by: 'one' } }],
    },
  },
  banned: { kind: 'banned', banned: { userId: 'Ann', until: 1_700_000_000_000 } },
};

interface QuestionSample<K extends BusQuestionKind> {
  readonly question: QuestionOf<K>;
  readonly answer: AnswerOf<K>;
}

/** One of everything that servers ask one another, with an answer. */
export const questionSamples: { readonly [K in BusQuestionKind]: QuestionSample<K> } = {
  publish: { question: { id: '1', topic: 'a', sender: 'Ann', payloadJson: '{"a":"ü"}', at: 1 }, answer: 3 },
  hand: {
    question: {
      ...{ id: '1', sender: 'Ann', at: 1, to: { userId: 'Bob' } },
      content: { kind: 'custom', type: 'X-Wave', dataJson: '{"n": 1.0}' },
    },
    answer: ['c1', 'c2'],
  },
  unsavedCursors: {
    question: { userId: 'Ann', deviceId: 7, server: 'server-1' },
    answer: {
      moves: [{ deviceId: 7, chatId: 1, position: { change: 5, number: 3 }, ahead: [8] }],
      isMoreToCome: false,
    },
  },
  connections: { question: 'Ann', answer: ['connection-1'] },
  subscribers: { question: { topic: 'a', chat: dialog, isTextless: false }, answer: 2 },
  signal: { question: { signal, target: { userId: 'Bob', deviceId: 7, connectionId: 'connection-1' } }, answer: 1 },
  announce: { question: announcement, answer: 4 },
  connectionList: {
    question: { user: 'Ann', dialect: 'messaging', limit: 50 },
    answer: [
      {
        ...{ id: 'connection-1', userId: 'Ann', dialect: 'messaging', device: '', server: 'one:8081' },
        ...{ address: '192.0.2.1', since: 1_000, bufferedBytes: 0 },
      },
    ],
  },
  closeConnection: { question: 'connection-1', answer: true },
  load: {
    question: null,
    answer: { server: 'one:8081', since: 1_000, connections: { messaging: 1, concord: 0, realtime: 2 }, users: 2 },
  },
  patterns: { question: { after: 'a', limit: 50 }, answer: [{ pattern: 'b.*', subscribers: 2 }] },
  connectedUsers: { question: ['Ann', 'Bob'], answer: ['Bob'] },
  topicSubscribers: { question: 'b.c', answer: 2 },
  heard: { question: null, answer: true },
  journey: {
    question: 9,
    answer: {
      publishedAt: 1_000,
      deliveries: [{ userId: 'Bob', device: 'phone', dialect: 'messaging', writtenAt: 1_001, ackedAt: 1_003 }],
    },
  },
};

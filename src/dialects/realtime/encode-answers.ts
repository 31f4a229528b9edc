import type { AnswerOf, BinaryAnswer, DirectMessageAnswer, PayloadType, UserPresence } from '../../domain/payloads.js';
import type { Incoming, RequestRef } from '../dialect.js';
import { broadcastData } from './delivered-data.js';
import { type Ack, ackFrame, errorFrame, frame, statusFrame } from './frames.js';

/** What is said whether or not the message had an id, and what is said only where it had one. */
interface Answered {
  readonly frames?: readonly string[];
  readonly ack?: Ack;
}

type Answering<T extends PayloadType> = (answer: AnswerOf<T>, ref: RequestRef) => Answered;

const DONE: Ack = { status: 'ok' };

const ANSWERS: { readonly [T in PayloadType]?: Answering<T> } = {
  subscribe: ({ topics, activeSubscriptions }) => ({
    frames: [statusFrame('subscribed', { topics, active_subscriptions: activeSubscriptions })],
    ack: { status: 'subscribed' },
  }),
  unsubscribe: ({ topics, activeSubscriptions }) => ({
    frames: [statusFrame('unsubscribed', { topics, active_subscriptions: activeSubscriptions })],
    ack: { status: 'unsubscribed' },
  }),
  broadcast: ({ messageId, recipients }) => ({ ack: delivered(recipients, messageId) }),
  custom: (answer) => ({
    ack: 'deliveredTo' in answer ? deliveredMessage(answer) : delivered(answer.recipients, answer.messageId),
  }),
  directMessage: (answer, ref) => (answer.queued ? queuedMessage(answer, ref) : { ack: deliveredMessage(answer) }),
  topicHistory: ({ topic, messages, hasMore }) => ({
    frames: [frame('History', historyData(topic, messages.map(broadcastData), hasMore))],
    ack: DONE,
  }),
  setPresence: () => ({ ack: DONE }),
  presenceQuery: ({ users }) => ({
    frames: [frame('Presence', JSON.stringify({ users: users.map(presenceEntry) }))],
    ack: DONE,
  }),
  auth: ({ expiresAt }) => ({
    frames: [frame('AuthStatus', JSON.stringify({ status: 'refreshed', expires_at: expiresAt }))],
    ack: { status: 'refreshed' },
  }),
  binary: answeredBinary,
  'X-Edit': () => ({ ack: DONE }),
  'X-Delete': () => ({ ack: DONE }),
  'X-Reactions': ({ reactions }) => ({ ack: { ...DONE, reactions } }),
  'X-Typing': () => ({ ack: DONE }),
};

/** What the document answers, and then the `Ack` where the message had an id. */
export function encodeAnswer(ref: RequestRef, answer: unknown): readonly string[] {
  const answering = ANSWERS[ref.payloadType as PayloadType] as
    ((answer: unknown, ref: RequestRef) => Answered) | undefined;
  return withAck(ref.id, answering ? answering(answer, ref) : answeredByModule(ref, answer));
}

/** @param now the server's time, ms: told where the client has told none */
export function encodePong({ id, timestamp }: Extract<Incoming, { kind: 'ping' }>, now: number): readonly string[] {
  return withAck(id ?? null, { frames: [frame('Pong', JSON.stringify({ timestamp: timestamp ?? now }))], ack: DONE });
}

function withAck(id: string | null, { frames = [], ack }: Answered): readonly string[] {
  return id === null || !ack ? frames : [...frames, ackFrame(id, ack)];
}

/** A module that handles a type of its own answers under the same type, or not at all. */
function answeredByModule({ payloadType = '' }: RequestRef, answer: unknown): Answered {
  return { frames: answer === undefined ? [] : [frame(payloadType, JSON.stringify(answer))], ack: DONE };
}

function delivered(recipients: number, messageId: string | undefined): Ack {
  return { status: 'delivered', recipients, server_message_id: messageId };
}

function deliveredMessage({ messageId, deliveredTo }: Omit<DirectMessageAnswer, 'queued'>): Ack {
  return { status: 'delivered', delivered_to: deliveredTo, server_message_id: messageId };
}

/** The document's error says that the message waits; the `Ack` behind it, that it is stored. */
function queuedMessage({ messageId }: DirectMessageAnswer, ref: RequestRef): Answered {
  return {
    frames: [notConnected(ref, true)],
    ack: { status: 'queued', delivered_to: [], server_message_id: messageId },
  };
}

/** The bytes were received in any case; whether anybody has got them is told behind that. */
function answeredBinary(answer: BinaryAnswer, ref: RequestRef): Answered {
  const { size, kind, checksum, recipients, fileId, url, messageId, queued } = answer;
  const details = { size, type: kind, checksum, recipients, file_id: fileId, url, message_id: messageId };
  const received = statusFrame('binary_received', details);
  if (queued === undefined) return { frames: [received], ack: delivered(recipients, messageId) };
  const frames = [received, notConnected(ref, queued)];
  return queued ? { frames, ack: { ...delivered(recipients, messageId), status: 'queued' } } : { frames };
}

function notConnected({ id, target = '' }: RequestRef, queued: boolean): string {
  return errorFrame(404, `User ${target} not found or not connected`, { message_id: id ?? undefined, queued });
}

function historyData(topic: string, messages: readonly string[], hasMore: boolean): string {
  return `{"topic":${JSON.stringify(topic)},"messages":[${messages.join(',')}],"has_more":${hasMore}}`;
}

function presenceEntry({ userId, status, lastSeen, metadata }: UserPresence): object {
  return { user_id: userId, status, last_seen: lastSeen, metadata };
}

import type { RegisteredHandler } from '../../dispatch/handler-registry.js';
import { dtoSchema } from '../schema/dto-schema.js';
import { always, anything, maybe, number, orNull, type Schema, shape, text, time } from '../schema/schema.js';
import type { Words } from '../schema/words.js';
import type { ChannelDoc, MessageDoc, OperationDoc } from './channel-doc.js';
import { errorCode, errorDetails, errorMessage } from './error-schema.js';
import { EVENTS, moduleEventType } from './messaging-events.js';
import { requestDocOf } from './messaging-answers.js';
import { ACK_RESPONSES, queryOf } from './query.js';

const DESCRIPTION = `Requests that are answered, and events that are acked. Events that change something that is kept have an \`id\` and come
again until the device has acked them; all others come once. Ignore events that you don’t know, but ack them if they have an id.`;

const id: Schema<string> = { ...text, description: 'The client’s own; the answer has the same one.' };
const eventId: Schema<number> = { ...number, description: 'To be acked.' };
/** Clients may tell theirs; nobody reads it. */
const clientTime = maybe(time);

/** @param handlers all that this dialect’s clients may ask for */
export function messagingChannel(handlers: readonly RegisteredHandler[]): ChannelDoc {
  const requests = handlers.filter(({ kind }) => kind !== 'event');
  const events = handlers.filter(({ kind }) => kind !== 'request');
  return {
    dialect: 'messaging',
    address: '/messaging',
    subprotocol: 'messaging.v1',
    title: 'messaging',
    description: DESCRIPTION,
    query: queryOf({ ackResponses: ACK_RESPONSES }),
    received: [...requests.map(requestMessage), ...events.map(clientEvent), ACK, PING],
    sent: [...requests.map(response), ...EVENTS.map(serverEvent), MODULE_EVENT, ERROR, ACKED, PONG],
    operations: [...requests.map(requestOperation), ...events.map(eventOperation), ACKING, PINGING, PUSHING],
  };
}

function requestMessage(handler: RegisteredHandler): MessageDoc {
  const { payloadType } = handler;
  const envelope = { type: always('request'), id, timestamp: clientTime, payloadType: always(payloadType) };
  return {
    name: `request.${payloadType}`,
    summary: summaryOf(payloadType),
    payload: withPayload(envelope, handler),
    correlation: 'id',
  };
}

function response({ payloadType }: RegisteredHandler): MessageDoc {
  const answer: Words = requestDocOf(payloadType)?.answer ?? anything;
  return {
    name: `response.${payloadType}`,
    summary: `The answer to \`${payloadType}\`.`,
    payload: shape({
      type: always('response'),
      id,
      timestamp: time,
      payloadType: always(payloadType),
      payload: answer,
    }),
    correlation: 'id',
  };
}

/** Of the two names either will do; where both are there they are the same. */
function clientEvent(handler: RegisteredHandler): MessageDoc {
  const { payloadType } = handler;
  const name = maybe(always(payloadType));
  const envelope = { type: always('event'), timestamp: clientTime, payloadType: name, eventType: name };
  const payload = withPayload(envelope, handler);
  return {
    name: `clientEvent.${payloadType}`,
    summary: summaryOf(payloadType),
    payload: { ...payload, anyOf: [{ required: ['payloadType'] }, { required: ['eventType'] }] },
  };
}

/** Where nothing in it is required, the payload may be missing; where there are no rules for it, nobody looks at it. */
function withPayload(envelope: Parameters<typeof shape>[0], { payload }: RegisteredHandler): Words {
  if (!payload) return shape({ ...envelope, payload: maybe(anything) });
  const rules = dtoSchema(payload);
  const isNeeded = rules.required !== undefined || rules.anyOf !== undefined;
  return shape({ ...envelope, payload: isNeeded ? rules : maybe(rules) });
}

function serverEvent({ eventType, summary, payload, isKept }: (typeof EVENTS)[number]): MessageDoc {
  const envelope = { timestamp: time, eventType: always<string>(eventType), payload };
  const frame = isKept ? { type: always('event'), id: eventId, ...envelope } : { type: always('event'), ...envelope };
  return { name: `event.${eventType}`, summary, payload: shape(frame) };
}

const MODULE_EVENT: MessageDoc = {
  name: 'event.module',
  summary: 'What a module of the server tells, by a name and with a payload of its own.',
  payload: shape({ type: always('event'), timestamp: time, eventType: moduleEventType, payload: anything }),
};

const ERROR: MessageDoc = {
  name: 'error',
  summary: 'What went wrong, in the place of an answer. Without a usable id the frame had none.',
  payload: shape({
    type: always('response'),
    id: orNull(text),
    timestamp: time,
    payloadType: maybe(text),
    error: shape({ code: errorCode, message: errorMessage, details: errorDetails() }),
  }),
  correlation: 'id',
};

const ACK: MessageDoc = {
  name: 'ack',
  summary: 'An event is received. The id may be a number or a text of digits.',
  payload: shape({ type: always('ack'), id: { type: ['integer', 'string'], examples: [23] } }),
};

const ACKED: MessageDoc = {
  name: 'acked',
  summary: 'The server has heard the ack. It has no payloadType, which tells it from an answer to a request.',
  payload: {
    ...shape({ type: always('response'), id: text, timestamp: time }),
    not: { anyOf: [{ required: ['payloadType'] }, { required: ['error'] }] },
  },
};

const PING: MessageDoc = {
  name: 'ping',
  summary: 'For clients that cannot see the WebSocket’s own pings: the text frame `ping`.',
  payload: always('ping'),
  contentType: 'text/plain',
};

const PONG: MessageDoc = {
  name: 'pong',
  summary: 'The answer to `ping`.',
  payload: shape({ event: always('pong') }),
};

const PUSHING: OperationDoc = {
  name: 'events',
  action: 'send',
  summary: 'Tells what happens.',
  messages: [...EVENTS.map(({ eventType }) => `event.${eventType}`), MODULE_EVENT.name],
};

const ACKING: OperationDoc = {
  name: 'ack',
  action: 'receive',
  summary: 'Takes an event for received.',
  messages: [ACK.name],
  replies: [ACKED.name, ERROR.name],
};

const PINGING: OperationDoc = {
  name: 'ping',
  action: 'receive',
  summary: 'Shows that the server is there.',
  messages: [PING.name],
  replies: [PONG.name],
};

function requestOperation({ payloadType }: RegisteredHandler): OperationDoc {
  return {
    name: payloadType,
    action: 'receive',
    summary: summaryOf(payloadType),
    messages: [`request.${payloadType}`],
    replies: [`response.${payloadType}`, ERROR.name],
  };
}

function eventOperation({ payloadType }: RegisteredHandler): OperationDoc {
  return {
    name: `clientEvent.${payloadType}`,
    action: 'receive',
    summary: summaryOf(payloadType),
    messages: [`clientEvent.${payloadType}`],
    replies: [ERROR.name],
  };
}

function summaryOf(payloadType: string): string {
  return requestDocOf(payloadType)?.summary ?? 'Of a module that this server has beside its own.';
}

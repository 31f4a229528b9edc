import type { Dialect } from '../dialect.js';
import { decode } from './decode.js';
import { encodeAcked, encodeAnswer, encodeError, PONG } from './encode-answers.js';
import { encodeDurable } from './encode-durable.js';
import { encodeEphemeral } from './encode-ephemeral.js';
import { encodeTopicMessage } from './encode-topic-message.js';

/** `ping` is the text frame. */
const FIRST_TYPES: ReadonlySet<string> = new Set(['request', 'event', 'ack', 'ping']);

/** Requests, events and acks as docs/protocol/messaging.md describes them. */
export const messagingDialect = {
  name: 'messaging',
  subprotocol: 'messaging.v1',
  receivedBy: 'acks',
  showsSubscribedChatsOnly: false,
  showsDialogs: true,
  showsTextsOnly: false,
  followsChannels: 'joined',
  bringsBackOwn: false,
  owns: (type) => FIRST_TYPES.has(type),
  decode,
  encodeAnswer,
  encodeError,
  encodeAcked,
  encodePong: () => PONG,
  encodeDurable,
  encodeEphemeral,
  encodeTopicMessage,
  encodeHanded: () => undefined,
} satisfies Dialect;

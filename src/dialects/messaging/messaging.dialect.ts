import type { Dialect } from '../dialect.js';
import { decode } from './decode.js';
import { encodeAcked, encodeAnswer, encodeError, PONG } from './encode-answers.js';
import { encodeDurable } from './encode-durable.js';
import { encodeEphemeral } from './encode-ephemeral.js';

/** Requests, events and acks as docs/protocol/messaging.md describes them. */
export const messagingDialect: Dialect = {
  name: 'messaging',
  subprotocol: 'messaging.v1',
  decode,
  encodeAnswer,
  encodeError,
  encodeAcked,
  encodePong: () => PONG,
  encodeDurable,
  encodeEphemeral,
};

import type { Dialect } from '../dialect.js';
import { decode } from './decode.js';
import { broadcastData } from './delivered-data.js';
import { encodeAnswer, encodePong } from './encode-answers.js';
import { encodeDurable } from './encode-durable.js';
import { encodeEphemeral } from './encode-ephemeral.js';
import { encodeError } from './encode-error.js';
import { encodeExtendedDurable, encodeExtendedEphemeral } from './encode-extensions.js';
import { encodeHanded } from './encode-handed.js';
import { ackFrame, frame } from './frames.js';

/** The first frames by which the other dialects are known; all else is this one's. */
const OTHERS_TYPE = /^(?:request|event|ack|ping|chat_.*)$/s;

const plainDialect = {
  name: 'realtime',
  subprotocol: 'realtime.v1',
  receivedBy: 'pings',
  showsSubscribedChatsOnly: true,
  showsDialogs: true,
  showsTextsOnly: false,
  followsChannels: 'subscribed',
  bringsBackOwn: false,
  owns: (type) => !OTHERS_TYPE.test(type),
  decode,
  encodeAnswer,
  encodeError,
  encodeAcked: (id) => ackFrame(id, { status: 'ok' }),
  encodePong,
  encodeDurable,
  encodeEphemeral,
  encodeTopicMessage: (message) => frame('Broadcast', broadcastData(message)),
  encodeHanded,
} satisfies Dialect;

/** Topics, broadcasts and direct messages as docs/protocol/realtime.md describes them. */
export const realtimeDialect = {
  ...plainDialect,
  extended: { ...plainDialect, encodeDurable: encodeExtendedDurable, encodeEphemeral: encodeExtendedEphemeral },
} satisfies Dialect;

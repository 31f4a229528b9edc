import type { Dialect } from '../dialect.js';
import { decode } from './decode.js';
import { encodeDurable } from './encode-durable.js';
import { encodeEphemeral } from './encode-ephemeral.js';
import { encodeError } from './encode-error.js';

const TYPE_PREFIX = 'chat_';

/** Channels, threads and their texts as docs/protocol/concord.md describes them. */
export const concordDialect = {
  name: 'concord',
  subprotocol: 'concord.v1',
  receivedBy: 'pings',
  showsSubscribedChatsOnly: false,
  showsDialogs: false,
  showsTextsOnly: true,
  followsChannels: 'all',
  bringsBackOwn: true,
  owns: (type) => type.startsWith(TYPE_PREFIX),
  decode,
  // What a frame has done comes back as what everybody is told.
  encodeAnswer: () => [],
  encodeError,
  // There are no acks and no pings of the dialect's own, so these two are never asked for.
  encodeAcked: (id) => JSON.stringify({ type: 'ack', id }),
  encodePong: () => [],
  encodeDurable,
  encodeEphemeral,
  // Topics are not part of this dialect: what it shows of `chat.<name>` are the channel's messages.
  encodeTopicMessage: () => undefined,
  encodeHanded: () => undefined,
} satisfies Dialect;

import type { RegisteredHandler } from '../../dispatch/handler-registry.js';
import type { PayloadType } from '../../domain/payloads.js';
import { MAX_CLIENT_ID_LENGTH } from '../../domain/ids.js';
import { MessageMetadataDto } from '../../services/dto/message-metadata.dto.js';
import { dtoRef, dtoSchema } from '../schema/dto-schema.js';
import { always, maybe, named, opaque, ownObject, type Schema, shape, time } from '../schema/schema.js';
import type { Words } from '../schema/words.js';
import type { MessageDoc } from './channel-doc.js';

/** Of the envelope `metadata` is beside the data where it says something of the message. */
interface TypeDoc {
  readonly type: string;
  readonly payloadType: PayloadType;
  readonly summary: string;
  readonly hasMetadata?: true;
}

const TYPES: readonly TypeDoc[] = [
  { type: 'Subscribe', payloadType: 'subscribe', summary: 'Begins to hear of topics.' },
  { type: 'Unsubscribe', payloadType: 'unsubscribe', summary: 'Ends hearing of topics.' },
  {
    type: 'Broadcast',
    payloadType: 'broadcast',
    summary: 'Sends any JSON value to whoever is subscribed to a topic.',
    hasMetadata: true,
  },
  {
    type: 'DirectMessage',
    payloadType: 'directMessage',
    summary: 'Sends any JSON value to a user, who gets it sooner or later.',
    hasMetadata: true,
  },
  { type: 'History', payloadType: 'topicHistory', summary: 'What was sent to a topic.' },
  { type: 'Presence', payloadType: 'setPresence', summary: 'Says how one is.' },
  { type: 'PresenceQuery', payloadType: 'presenceQuery', summary: 'Asks how users are.' },
  { type: 'Auth', payloadType: 'auth', summary: 'Stays connected by a new token of the same user.' },
  { type: 'X-Edit', payloadType: 'X-Edit', summary: 'Puts something else in the place of what one has sent.' },
  { type: 'X-Delete', payloadType: 'X-Delete', summary: 'Takes away what one has sent.' },
  { type: 'X-Reactions', payloadType: 'X-Reactions', summary: 'Adds a reaction or takes it back.' },
  { type: 'X-Typing', payloadType: 'X-Typing', summary: 'One types, or no longer does.' },
];

/** Of whatever type that nobody handles: handed on. */
const CUSTOM: PayloadType = 'custom';
const BINARY: PayloadType = 'binary';
const MODULE_PREFIX = 'X-';

/** What differs between the core's requests and the wire. */
const WIRE_NAMES: Readonly<Record<string, string>> = { targetUser: 'target_user' };

const id: Schema<string> = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_CLIENT_ID_LENGTH,
  description: 'The client’s own: the answer names it in an `Ack`.',
};

/** Every message may have them. Nobody reads the time. */
const ENVELOPE = { id: maybe(id), timestamp: maybe(time) };

const metadata = opaque(dtoRef(MessageMetadataDto));

/** @param handlers all that this dialect’s clients may ask for */
export function realtimeReceived(handlers: readonly RegisteredHandler[]): readonly MessageDoc[] {
  const own = TYPES.flatMap((doc) => {
    const handler = handlers.find(({ payloadType }) => payloadType === doc.payloadType);
    return handler ? [clientMessage(doc, handler)] : [];
  });
  const modules = moduleTypes(handlers).map(moduleMessage);
  const custom = handlers.find(({ payloadType }) => payloadType === CUSTOM);
  const all = [...own, ...modules, ...(custom ? [customMessage(custom, modules)] : []), PING, PONG];
  const single = all.map(byName);
  const binary = handlers.find(({ payloadType }) => payloadType === BINARY);
  return [...single, batchOf(single), ...(binary ? [binaryMessage(binary)] : [])];
}

/** A batch refers to the same schemas. */
function byName(message: MessageDoc): MessageDoc {
  return { ...message, payload: named(`realtime.${message.name}`, message.payload) };
}

/** Types of modules' own. */
export function moduleTypes(handlers: readonly RegisteredHandler[]): readonly RegisteredHandler[] {
  const ours = new Set<string>(TYPES.map(({ payloadType }) => payloadType));
  return handlers.filter(({ payloadType }) => payloadType.startsWith(MODULE_PREFIX) && !ours.has(payloadType));
}

function clientMessage({ type, summary, hasMetadata }: TypeDoc, { payload }: RegisteredHandler): MessageDoc {
  const rules = payload ? onWire(dtoSchema(payload)) : ownObject;
  const data = hasMetadata ? without(rules, 'metadata') : rules;
  const beside = { metadata: hasMetadata ? maybe(metadata) : maybe(ownObject) };
  return {
    name: `client.${type}`,
    summary,
    payload: shape({ type: always(type), ...ENVELOPE, data, ...beside }),
    correlation: 'id',
  };
}

function moduleMessage({ payloadType, payload }: RegisteredHandler): MessageDoc {
  return {
    name: `client.${payloadType}`,
    summary: 'Of a module that this server has beside its own.',
    payload: shape({
      type: always(payloadType),
      ...ENVELOPE,
      data: payload ? dtoSchema(payload) : ownObject,
      metadata: maybe(ownObject),
    }),
    correlation: 'id',
  };
}

/** Every other type of the clients' own. What they put into the data is theirs. */
function customMessage({ payload }: RegisteredHandler, modules: readonly MessageDoc[]): MessageDoc {
  const handled = [...TYPES.map(({ type }) => type), ...modules.map(({ name }) => name.replace(/^client\./, ''))];
  const data = { ...(payload ? dtoSchema(payload) : {}), type: 'object', additionalProperties: true };
  const type = { type: 'string', pattern: '^X-[\\s\\S]', not: { enum: handled }, examples: ['X-CustomAction'] };
  return {
    name: 'client.X',
    summary: 'A type of the clients’ own, which is handed on to a topic or a user.',
    payload: shape({ type, ...ENVELOPE, data, metadata: maybe(ownObject) }),
    correlation: 'id',
  };
}

const pinged = shape({ timestamp: maybe<number>({ type: 'number' }) });

const PING: MessageDoc = {
  name: 'client.Ping',
  summary: 'Is answered with its own timestamp, or else with the server’s.',
  payload: shape({ type: always('Ping'), ...ENVELOPE, data: maybe(pinged), metadata: maybe(ownObject) }),
  correlation: 'id',
};

const PONG: MessageDoc = {
  name: 'client.Pong',
  summary: 'Taken silently.',
  payload: shape({ type: always('Pong'), ...ENVELOPE, data: maybe(opaque({})) }),
};

const MAX_BATCH_MESSAGES = 100;

function batchOf(messages: readonly MessageDoc[]): MessageDoc {
  return {
    name: 'client.batch',
    summary: 'Several messages, done in order, each answered by itself.',
    payload: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_BATCH_MESSAGES,
      items: { anyOf: messages.map(({ payload }) => payload) },
    },
  };
}

/** JSON Schema does not describe bytes; of the routing line it says what can be said. */
function binaryMessage({ payload }: RegisteredHandler): MessageDoc {
  const line = without(onWire(payload ? dtoSchema(payload) : {}), 'kind');
  return {
    name: 'client.binary',
    summary:
      'A byte that says which kind it is (1 broadcast, 2 direct message, 3 file transfer, 4 stream data), four bytes of length, payload.',
    payload: {
      type: 'string',
      format: 'binary',
      description: `Big-endian length of the payload, which may begin with a routing line: a JSON object with \`topic\` or \`target_user\` that
ends with a newline, ${Object.keys(line.properties ?? {})
        .map((name) => `\`${name}\``)
        .join(', ')}.`,
    },
    contentType: 'application/octet-stream',
  };
}

function onWire({ properties = {}, required, ...words }: Words): Words {
  const named = Object.entries(properties).map(([name, member]) => [WIRE_NAMES[name] ?? name, member]);
  return {
    ...words,
    properties: Object.fromEntries(named) as Words['properties'],
    ...(required ? { required: required.map((name) => WIRE_NAMES[name] ?? name) } : {}),
  };
}

function without({ properties = {}, required = [], ...words }: Words, name: string): Words {
  const rest = Object.entries(properties).filter(([member]) => member !== name);
  return { ...words, properties: Object.fromEntries(rest), required: required.filter((member) => member !== name) };
}

import type { Config } from '../config/config.js';
import type { HandlerRegistry, RegisteredHandler } from '../dispatch/handler-registry.js';
import type { DialectName } from '../domain/dialect-name.js';
import type { ChannelDoc, MessageDoc, OperationDoc } from './channels/channel-doc.js';
import { concordChannel } from './channels/concord-channel.js';
import { messagingChannel } from './channels/messaging-channel.js';
import { realtimeChannel } from './channels/realtime-channel.js';
import { exampleOf } from './schema/example-of.js';
import { Resolver } from './schema/resolve.js';
import { closeCodesText, errorCodesText } from './texts/error-codes.js';
import { frameLimits } from './texts/limits.js';

type Json = Readonly<Record<string, unknown>>;

const BINARY = 'application/octet-stream';

/** The document, as far as those who read it here look into it. */
export interface AsyncApiDocument extends Json {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly channels: Readonly<Record<string, Json>>;
  readonly operations: Readonly<Record<string, Json>>;
  readonly components: Readonly<Record<'messages' | 'schemas', Readonly<Record<string, Json>>>>;
}

/**
 * The WebSocket dialects in AsyncAPI's words. What clients ask is read from the classes that check it, of modules too; what the
 * server says is described beside the domain's types.
 */
export function asyncApiOf(registry: HandlerRegistry, config: Config): AsyncApiDocument {
  const channels = channelsOf(registry.all());
  const resolver = new Resolver();
  const messages = resolver.resolve(Object.fromEntries(channels.flatMap(componentsOf)));
  const correlationIds = correlations();
  return {
    asyncapi: '3.0.0',
    info: { title: 'Parlance', version: '1', description: descriptionOf(config) },
    defaultContentType: 'application/json',
    servers: { parlance: serverOf(config) },
    channels: Object.fromEntries(channels.map((channel) => [channel.dialect, resolver.resolve(channelOf(channel))])),
    operations: Object.fromEntries(channels.flatMap(operationsOf)),
    components: { messages, schemas: resolver.schemas, securitySchemes: SECURITY, correlationIds },
  } as unknown as AsyncApiDocument;
}

function channelsOf(handlers: readonly RegisteredHandler[]): readonly ChannelDoc[] {
  const of = (dialect: DialectName): readonly RegisteredHandler[] =>
    handlers.filter(({ dialects }) => dialects?.includes(dialect) !== false);
  return [messagingChannel(of('messaging')), concordChannel(of('concord')), realtimeChannel(of('realtime'))];
}

function descriptionOf(config: Config): string {
  return `One server, three WebSocket dialects over one core. A client that offers a dialect’s subprotocol gets it on every path.

The token is a JWT, and is checked before the socket opens: a bad one is answered with HTTP 401 and \`{"code","message"}\`, a banned user’s
or another origin’s with 403, an unknown path with 404, a full or leaving server with 503. Of header, subprotocol and query the
first that is there counts, also when it is a bad one.

Times are ms since the epoch, and the server’s. Unknown fields are ignored. Texts hold neither U+0000 nor half a surrogate pair; how
long they may be is counted in UTF-16 units.

## Errors

${errorCodesText()}

## Close codes

${closeCodesText()}

## Limits

${frameLimits(config)}`;
}

const SECURITY = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The header `Authorization`.' },
  subprotocol: {
    type: 'httpApiKey',
    in: 'header',
    name: 'Sec-WebSocket-Protocol',
    description:
      'The subprotocol `access_token.<JWT>`, for browsers. Offered beside that of a dialect, only the latter is echoed.',
  },
  token: { type: 'httpApiKey', in: 'query', name: 'token', description: 'The query `?token=<JWT>`.' },
};

function serverOf({ server }: Config): Json {
  return {
    host: '{host}:{port}',
    protocol: 'ws',
    description: 'Behind what ends TLS it is `wss`.',
    variables: { host: { default: 'localhost' }, port: { default: String(server.port) } },
    security: Object.keys(SECURITY).map((name) => ({ $ref: `#/components/securitySchemes/${name}` })),
  };
}

function channelOf({ dialect, address, title, description, subprotocol, query, received, sent }: ChannelDoc): Json {
  const protocol = {
    type: 'string',
    description: `\`${subprotocol}\`, \`access_token.<JWT>\`, or both with a comma between them.`,
    examples: [subprotocol],
  };
  const headers = { type: 'object', properties: { 'Sec-WebSocket-Protocol': protocol } };
  const messages = [...received, ...sent].map(({ name }) => [name, { $ref: componentRef(dialect, name) }]);
  return {
    address,
    title,
    description,
    servers: [{ $ref: '#/servers/parlance' }],
    messages: Object.fromEntries(messages) as Json,
    bindings: { ws: { method: 'GET', query, headers, bindingVersion: '0.1.0' } },
  };
}

function componentsOf({ dialect, received, sent }: ChannelDoc): readonly (readonly [string, Json])[] {
  return [...received, ...sent].map((message) => [keyOf(dialect, message.name), messageOf(message)]);
}

function messageOf({ name, summary, payload, contentType, correlation }: MessageDoc): Json {
  return {
    name,
    title: name,
    summary,
    payload,
    ...(contentType === undefined ? {} : { contentType }),
    ...(correlation === undefined ? {} : { correlationId: { $ref: `#/components/correlationIds/${correlation}` } }),
    ...(contentType === BINARY ? {} : { examples: [{ payload: exampleOf(payload) }] }),
  };
}

function correlations(): Json {
  const at = (description: string, ...path: readonly string[]): Json => ({
    description,
    location: `$message.payload#/${path.join('/')}`,
  });
  return {
    id: at('The client’s own name of its frame.', 'id'),
    'data.message_id': at('The same where it is answered.', 'data', 'message_id'),
  };
}

function operationsOf({ dialect, operations }: ChannelDoc): readonly (readonly [string, Json])[] {
  return operations.map((operation) => [keyOf(dialect, operation.name), operationOf(dialect, operation)]);
}

function operationOf(dialect: DialectName, { action, summary, messages, replies }: OperationDoc): Json {
  const channel = { $ref: `#/channels/${dialect}` };
  const refs = (names: readonly string[]): readonly Json[] =>
    names.map((name) => ({ $ref: `${channel.$ref}/messages/${pointer(name)}` }));
  const reply = replies && { channel, messages: refs(replies) };
  return { action, channel, summary, messages: refs(messages), ...(reply ? { reply } : {}) };
}

function componentRef(dialect: DialectName, name: string): string {
  return `#/components/messages/${keyOf(dialect, name)}`;
}

/** Names of modules may be any text; keys of components may not. */
function keyOf(dialect: DialectName, name: string): string {
  return `${dialect}.${name.replace(/[^\w.-]/g, '_')}`;
}

/** As a JSON pointer in a fragment has it. */
function pointer(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

import 'reflect-metadata';

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { RequestMethod } from '@nestjs/common';

import { ApiModule } from '../../src/api/api.module.js';
import { concordDialect } from '../../src/dialects/concord/concord.dialect.js';
import type { PayloadClass } from '../../src/dispatch/handles-payload.decorator.js';
import { PayloadValidator } from '../../src/dispatch/payload-validator.js';
import type { Channel } from '../../src/domain/channels.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { BadRequestError } from '../../src/domain/errors.js';
import type { DurableEvent, EphemeralEvent } from '../../src/domain/events.js';
import type { PayloadType } from '../../src/domain/payloads.js';
import { ChatReactionDto } from '../../src/services/channels/chat-reaction.dto.js';
import { ChatWrittenDto } from '../../src/services/channels/chat.dto.js';
import { ChannelTypingDto } from '../../src/services/presence/typing.dto.js';
import type { JsonObject } from '../support/fixtures.js';
import { textOf } from '../support/frame-text.js';

const document = readFileSync(join(__dirname, '../../docs/protocol/concord.md'), 'utf8');

function frames(direction: 'client' | 'server'): readonly string[] {
  const blocks = document.matchAll(/^```json (client|server)\n(.*?)^```$/gms);
  return [...blocks].filter(([, side]) => side === direction).map(([, , text = '']) => text);
}

const MAX_DEPTH = 64;

function faultIn(type: PayloadClass, payload: object): string | undefined {
  return new PayloadValidator(type, MAX_DEPTH).faultyField(payload, true);
}

/** All frames of the dialect's clients, with what checks them; the compiler keeps the list whole. */
const clientFrames: Record<Extract<PayloadType, `chat_${string}`>, PayloadClass> = {
  chat_written: ChatWrittenDto,
  chat_reaction: ChatReactionDto,
  chat_typing: ChannelTypingDto,
};

const at = 1_700_000_000_000;
const publicId = 'c_AAAAAAAAAAAAAAAAAAAAAA';
const chat: ChatAddress = { id: 1, kind: 'channel', publicId, name: 'general' };
const change = { chat, change: 1, newest: 1, at, origin: { userId: 'User1' } };
const ref = { id: 1, number: 1 };
const general: Channel = { id: 1, publicId, ordinality: 0, name: 'general', capabilities: [], createdAt: at };
const lunch: Channel = { ...general, id: 7, parentId: 3, description: '', createdBy: 5 };
const thread = { id: 9, channelId: 1, messageId: 1, createdBy: 5, createdAt: at, name: '' };

function durable(event: DurableEvent): string | undefined {
  return textOf(concordDialect.encodeDurable(event)?.forView({ eventId: 1, viewer: 'User2', chatId: publicId }));
}

const told = (event: EphemeralEvent): string | undefined => concordDialect.encodeEphemeral(event, 'User2', at);

/** Every frame that the server can say, as the code makes it. */
const spoken: Readonly<Record<string, string | undefined>> = {
  error: concordDialect.encodeError({ id: null }, BadRequestError.at('payload.content')),
  chat_sent: durable({
    ...{ ...change, type: 'messageSent', bases: [] },
    message: { ...ref, sender: 'User1', senderNumber: 5, kind: 'new', text: 'hi', createdAt: at },
  }),
  chat_edited: durable({
    ...{ ...change, type: 'messageEdited' },
    message: { ...ref, sender: 'User1', kind: 'new', text: 'hi', createdAt: at, updatedAt: at },
  }),
  chat_deleted: durable({ ...change, type: 'messageDeleted', message: ref }),
  chat_reactions_updated: durable({
    ...{ ...change, type: 'messageReacted', message: ref },
    ...{ reaction: '👍', adding: true, reactionsJson: '{"👍":1}' },
  }),
  chat_typing: told({ type: 'typing', chat, userId: 'User1', userNumber: 5 }),
  channel_created: durable({ type: 'channelChanged', chat, at, news: 'created', channel: lunch }),
  channel_updated: durable({ type: 'channelChanged', chat, at, news: 'updated', channel: general }),
  channel_deleted: durable({ type: 'channelChanged', chat, at, news: 'deleted', channel: general }),
  thread_created: durable({ ...change, type: 'threadCreated', thread }),
  user_joined: told({ type: 'userJoined', userNumber: 5 }),
  user_status_updated: told({ type: 'userStatus', userNumber: 5, status: 'away' }),
  server_draining: told({ type: 'reconnect', afterMs: 1 }),
};

/** What members of which kinds a frame has in which order. Reactions are the users' own words. */
function shapeOf(frame: JsonObject): string {
  return JSON.stringify([frame.type, membersOf(frame)]);
}

function membersOf(value: unknown): unknown {
  if (Array.isArray(value)) return 'list';
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  return Object.entries(value).map(([name, inner]) => [name, name === 'reactions' ? 'own' : membersOf(inner)]);
}

const requests = frames('client').map((text) => [text, JSON.parse(text) as JsonObject] as const);
const answers = frames('server').map((text) => JSON.parse(text) as JsonObject);
const shapes = Object.values(spoken).map((text) => shapeOf(JSON.parse(text ?? '{}') as JsonObject));

/** What a controller's method is, as its decorators say. */
interface Endpoint {
  readonly status: number;
  readonly body?: PayloadClass;
  readonly query?: PayloadClass;
  readonly view?: PayloadClass;
  readonly isList: boolean;
}

interface Controller {
  readonly prototype: Readonly<Record<string, object>>;
}

/** Of the interface below `/api` what is not described here. */
const ELSEWHERE = new Set(['files', 'ice-servers']);

const endpoints = new Map(
  (Reflect.getMetadata('controllers', ApiModule) as readonly Controller[])
    .flatMap(endpointsOf)
    .filter(([address]) => !ELSEWHERE.has(address.split('/')[1] ?? '')),
);

function endpointsOf(controller: Controller): readonly (readonly [string, Endpoint])[] {
  const { prototype } = controller;
  const base = String(Reflect.getMetadata('path', controller)).replace(/^api/, '');
  const methods = Object.getOwnPropertyNames(prototype).filter((name) =>
    Reflect.hasMetadata('method', prototype[name] ?? {}),
  );
  return methods.map((name) => {
    const method = prototype[name] ?? {};
    // Of several paths the first is the one that is documented.
    const [path = ''] = [Reflect.getMetadata('path', method) as string | readonly string[]].flat();
    const verb = RequestMethod[Reflect.getMetadata('method', method) as RequestMethod];
    const address = `${verb} ${base}${path === '' || path === '/' ? '' : `/${path}`}`;
    return [address, endpointOf(method, Reflect.getMetadata('design:paramtypes', prototype, name) as PayloadClass[])];
  });
}

function endpointOf(method: object, parameters: readonly PayloadClass[]): Endpoint {
  const status = Reflect.getMetadata('__httpCode__', method) as number;
  const answers = Reflect.getMetadata('swagger/apiResponse', method) as Readonly<
    Record<number, { readonly type?: PayloadClass; readonly isArray?: boolean }>
  >;
  const { type, isArray = false } = answers[status] ?? {};
  const query = parameters.find(({ name }) => name.endsWith('QueryDto'));
  const body = parameters.find((parameter) => parameter.name.endsWith('Dto') && parameter !== query);
  return { status, body, query, view: type, isList: isArray };
}

const ENDPOINT =
  /^`([A-Z]+) \/api([^`?]*)(?:\?([^`]*))?` → (\d{3})\n(?:\n```json request\n(.*?)^```\n)?(?:\n```json answer\n(.*?)^```\n)?/gms;

const shownEndpoints = new Map(
  [...document.matchAll(ENDPOINT)].map(([, method, path, query, status, request, answer]) => [
    `${method} ${path}`,
    { status: Number(status), query: namesInQuery(query), request: parsed(request), answer: parsed(answer) },
  ]),
);

function namesInQuery(query = ''): readonly string[] {
  return [...new URLSearchParams(query).keys()].sort();
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

/** The names of an answer's members, those of objects of our own in it too, as the class that describes it has them. */
function namesIn(view: PayloadClass): readonly string[] {
  const prototype = view.prototype as object;
  return fieldsOf(view).flatMap((name) => {
    const type = Reflect.getMetadata('design:type', prototype, name) as PayloadClass;
    return type.name.endsWith('View') ? [name, ...namesIn(type).map((inner) => `${name}.${inner}`)] : [name];
  });
}

/** As the generated documents have them. */
function fieldsOf(type: PayloadClass): readonly string[] {
  const names = Reflect.getMetadata('swagger/apiModelPropertiesArray', type.prototype as object) as unknown;
  return ((names ?? []) as readonly string[]).map((entry) => entry.slice(1));
}

function namesOf(example: unknown, view: PayloadClass): readonly string[] {
  const names = namesIn(view);
  const isParent = (name: string): boolean => names.some((other) => other.startsWith(`${name}.`));
  return Object.entries(example as JsonObject).flatMap(([name, inner]) => {
    return isParent(name) ? [name, ...Object.keys(inner as JsonObject).map((key) => `${name}.${key}`)] : [name];
  });
}

describe('docs/protocol/concord.md', () => {
  it('marks every example as what it is, and shows each endpoint once', () => {
    const bodies = [...document.matchAll(/^```json (request|answer)$/gm)];
    const shown = [...shownEndpoints.values()].flatMap(({ request, answer }) => [request, answer]);
    expect(shown.filter((body) => body !== undefined)).toHaveLength(bodies.length);
    expect(document.match(/^```/gm)).toHaveLength(2 * (requests.length + answers.length + bodies.length));
  });

  it.each(requests)('shows a client frame that nothing is wrong with: %s', (text, { type }) => {
    const incoming = concordDialect.decode(Buffer.from(text), false);
    if (incoming.kind !== 'request' && incoming.kind !== 'event') throw new Error(`it is ${incoming.kind}`);
    expect(faultIn(clientFrames[type as keyof typeof clientFrames], incoming.payload as object)).toBeUndefined();
  });

  it.each(Object.keys(clientFrames))('shows how a client says %s', (type) => {
    expect(requests.filter(([, frame]) => frame.type === type)).not.toEqual([]);
  });

  it.each(answers)('shows a server frame as the code makes it: %j', (frame) => {
    expect(shapes).toContain(shapeOf(frame));
  });

  it.each(Object.keys(spoken))('shows how the server says %s', (type) => {
    expect(answers.map((frame) => frame.type)).toContain(type);
  });

  it('shows every endpoint', () => {
    expect([...shownEndpoints.keys()].sort()).toEqual([...endpoints.keys()].sort());
  });

  describe.each([...endpoints])('%s', (address, { status, body, query, view, isList }) => {
    const shown = shownEndpoints.get(address);

    it('is answered with its status', () => {
      expect(shown?.status).toBe(status);
    });

    it('may be asked for with the query that is shown', () => {
      expect(shown?.query).toEqual(query ? [...fieldsOf(query)].sort() : []);
    });

    it('takes the body that is shown', () => {
      expect(shown?.request === undefined).toBe(body === undefined);
      if (body) expect(faultIn(body, shown?.request as object)).toBeUndefined();
    });

    it('answers with the members that are shown, in this order', () => {
      expect(shown?.answer === undefined).toBe(view === undefined);
      if (!view) return;
      const examples = isList ? (shown?.answer as readonly unknown[]) : [shown?.answer];
      expect(examples).toHaveLength(1);
      expect(namesOf(examples[0], view)).toEqual(namesIn(view));
    });
  });
});

import 'reflect-metadata';

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { polls } from '../../examples/polls/polls.js';
import { concordDialect } from '../../src/dialects/concord/concord.dialect.js';
import type { Dialect } from '../../src/dialects/dialect.js';
import { messagingDialect } from '../../src/dialects/messaging/messaging.dialect.js';
import { realtimeDialect } from '../../src/dialects/realtime/realtime.dialect.js';
import { CloseReasons } from '../../src/domain/close-reasons.js';
import { type DialectName, dialectNames } from '../../src/domain/dialect-name.js';
import { AsyncApi, type Direction } from '../support/async-api.js';
import { payloadPlans } from '../support/bad-input/payload-plans.js';
import { realtimeTypes } from '../support/bad-input/realtime-plans.js';
import { type GoldenFrame, goldenFrames, messageNameOf } from '../support/golden-frames.js';
import { TestServer } from '../support/parlance.js';

const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  messaging: messagingDialect,
  concord: concordDialect,
  realtime: realtimeDialect,
};

const DIRECTIONS: readonly Direction[] = ['client', 'server'];

/** What no golden frame shows: the text frame `ping` and its answer, bytes, and what modules say by names of their own. */
const NOT_SHOWN: readonly string[] = ['ping', 'pong', 'client.binary', 'server.binary', 'event.module'];

/** Of a diagnostic; all others are advice. */
const PARSER_ERROR = '0';

const golden = dialectNames.flatMap(goldenFrames);

async function faultsOf(text: string): Promise<readonly unknown[]> {
  const { diagnostics } = await new Parser().parse(text);
  return diagnostics.filter(({ severity }) => String(severity) === PARSER_ERROR);
}

async function textOf(server: TestServer): Promise<string> {
  // On a connection of its own: one that is kept may be closed by the server just as it is used again.
  const headers = { connection: 'close' };
  return (await fetch(`${server.httpOrigin}/docs/asyncapi.json`, { headers })).text();
}

describe('the AsyncAPI document', () => {
  let server: TestServer;
  let text: string;
  let api: AsyncApi;

  beforeAll(async () => {
    server = await TestServer.start();
    text = await textOf(server);
    api = await AsyncApi.of(server.httpOrigin);
  });

  afterAll(() => server.stop());

  it('is one by the parser of those who define it', async () => {
    expect(await faultsOf(text)).toEqual([]);
  });

  it('is the same for whoever asks again', async () => {
    expect(await textOf(server)).toBe(text);
  });

  it('has a channel for each dialect, where it is spoken', () => {
    const { channels } = api.document;
    expect(Object.fromEntries(Object.entries(channels).map(([name, { address }]) => [name, address]))).toEqual({
      messaging: '/messaging',
      concord: '/client',
      realtime: '/ws',
    });
  });

  it('has every message in an operation', () => {
    for (const dialect of dialectNames) {
      const used = DIRECTIONS.flatMap((direction) => api.messagesOf(dialect, direction).map(({ name }) => name));
      expect(used.sort()).toEqual(Object.keys(api.document.channels[dialect]?.messages ?? {}).sort());
    }
  });

  it('has what clients may ask of messaging, and answers to all of it', () => {
    const plans = Object.entries(payloadPlans({ userId: '', dialog: '', group: '', otherGroup: '', token: '' }));
    const asked = plans.map(([type, { kind }]) => (kind === 'request' ? `request.${type}` : `clientEvent.${type}`));
    const described = api.messagesOf('messaging', 'client').map(({ name }) => name);
    expect(described.sort()).toEqual([...asked, 'ack', 'ping'].sort());
    for (const { name, payload } of api.messagesOf('messaging', 'server')) {
      if (name.startsWith('response.')) expect([name, payload.properties?.payload]).not.toEqual([name, {}]);
    }
  });

  it('has what clients may say in realtime', () => {
    const types = realtimeTypes.map((type) => `client.${type === 'X-Custom' ? 'X' : type}`);
    const described = api.messagesOf('realtime', 'client').map(({ name }) => name);
    expect(described.sort()).toEqual([...types, 'client.Pong', 'client.batch', 'client.binary'].sort());
  });

  it.each(dialectNames)('gives examples of %s that are what they are examples of', (dialect) => {
    for (const direction of DIRECTIONS) {
      for (const { name, contentType, examples } of api.messagesOf(dialect, direction)) {
        if (contentType === 'application/octet-stream') continue;
        const [{ payload }] = examples as [{ payload: unknown }];
        expect([name, api.matching(dialect, direction, payload)]).toEqual([name, [name]]);
        if (direction === 'server') continue;
        const bytes = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
        expect(DIALECTS[dialect].decode(bytes, false).kind).not.toBe('bad');
      }
    }
  });

  it('names all codes of errors, and all codes with which connections are closed', () => {
    const { description } = api.document.info;
    const codes = [400, 401, 403, 404, 409, 413, 429, 500, 503, ...Object.values(CloseReasons).map(({ code }) => code)];
    for (const code of codes) expect(description).toContain(`| ${code} |`);
  });

  it('names every limit that the protocol’s documents name', () => {
    for (const dialect of dialectNames) {
      const page = readFileSync(join(__dirname, `../../docs/protocol/${dialect}.md`), 'utf8');
      const limits = page.slice(page.indexOf('\n## Limits'), page.indexOf('\n## Close codes'));
      const names = [...limits.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name = '']) => name);
      const OF_REST = new Set(['SIGN_IN_FAILURES_PER_NAME', 'SIGN_IN_FAILURES_PER_ADDRESS', 'TOKEN_TTL_S']);
      for (const name of names) if (!OF_REST.has(name)) expect(api.document.info.description).toContain(`\`${name}\``);
    }
  });

  describe('and the golden frames', () => {
    it.each(golden.map((frame): [string, GoldenFrame] => [frame.name, frame]))('agree: %s', (_, one) => {
      const { dialect, direction, frame } = one;
      const name = messageNameOf(one);
      expect(api.faultOf(dialect, direction, name, frame)).toBeUndefined();
      expect(api.matching(dialect, direction, frame)).toEqual([name]);
    });

    it.each(dialectNames)('show every message of %s', (dialect) => {
      for (const direction of DIRECTIONS) {
        const frames = golden.filter((one) => one.dialect === dialect && one.direction === direction);
        const shown = new Set([...frames.map(messageNameOf), ...NOT_SHOWN]);
        const described = api.messagesOf(dialect, direction).map(({ name }) => name);
        expect(described.filter((name) => !shown.has(name))).toEqual([]);
      }
    });
  });
});

describe('the AsyncAPI document of a server with a module', () => {
  let server: TestServer;
  let api: AsyncApi;

  beforeAll(async () => {
    server = await TestServer.start({ RATE_LIMIT_FRAMES: '7' }, undefined, [polls]);
    api = await AsyncApi.of(server.httpOrigin);
  });

  afterAll(() => server.stop());

  it('is one by the parser', async () => {
    expect(await faultsOf(await textOf(server))).toEqual([]);
  });

  it('says what the module’s own classes check', () => {
    const request = api.messagesOf('messaging', 'client').find(({ name }) => name === 'request.createPoll');
    expect(request?.payload.properties?.payload).toMatchObject({
      required: ['chatId', 'question', 'options', 'clientPollId'],
      properties: { options: { type: 'array', minItems: 2, maxItems: 12, items: { type: 'string', maxLength: 100 } } },
    });
  });

  it('tells a type of the module’s from those that are handed on', () => {
    const frame = { type: 'X-Vote', data: { pollId: 1, option: 0 } };
    expect(api.matching('realtime', 'client', frame)).toEqual(['client.X-Vote']);
    expect(api.matching('realtime', 'client', { ...frame, type: 'X-Other' })).toEqual(['client.X']);
    expect(api.matching('realtime', 'client', { ...frame, data: { pollId: 1, option: 12 } })).toEqual([]);
  });

  it('says how far the limits go on this server', () => {
    expect(api.document.info.description).toMatch(/`RATE_LIMIT_FRAMES`\) \| 7 a second/);
  });
});

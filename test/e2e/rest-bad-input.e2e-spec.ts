import { gzipSync } from 'node:zlib';
import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { aText } from '../support/expectations.js';
import { TestServer } from '../support/parlance.js';
import { signToken } from '../support/tokens.js';

/** Nested more deeply than `MAX_JSON_DEPTH` allows. */
const DEEP = JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`) as unknown;
const NO_TEXTS = [7, true, [], {}, ['x'], DEEP];
const NO_IDS = ['1', 0, -1, 1.5, 2 ** 53, true, [], {}, [1], DEEP, '', 'abc'];
const UNSTORABLE = ['nul\0', 'half \ud800', '\udc00'];
const NO_NAMES = ['', 'x'.repeat(65), 'with space', 'dot.dot', 'ä', '😂', '*', '>', '%', `g_${'x'.repeat(22)}`];

interface Body {
  /** All that must be there, and more that may be. */
  readonly good: Readonly<Record<string, unknown>>;
  /** By field, values that it may not have; `undefined`: it may not be missing. */
  readonly bad: Readonly<Record<string, readonly unknown[]>>;
}

const CHANNEL_FACTS = {
  description: ['x'.repeat(1_001), ...NO_TEXTS, ...UNSTORABLE],
  parentChannelId: NO_IDS,
  ordinality: [null, '1', 1.5, 2 ** 31, -(2 ** 31) - 1, [], {}, true],
  capabilities: [
    null,
    'TEXT',
    {},
    ['', 'TEXT'],
    [7],
    [null],
    Array(21).fill('x'),
    ['x'.repeat(65)],
    ['nul\0'],
    [['x']],
    DEEP,
  ],
};

/** Every route that takes a body, accounts apart, which have tests of their own. Ids stand for those of the tests. */
const BODIES: Readonly<Record<string, Body>> = {
  'PATCH /server': {
    good: { name: 'Here', description: 'x', iconId: 1, defaultChannelId: 1 },
    bad: {
      name: [null, '', 'x'.repeat(101), ...NO_TEXTS, ...UNSTORABLE],
      description: CHANNEL_FACTS.description,
      iconId: NO_IDS,
      defaultChannelId: [null, ...NO_IDS],
    },
  },
  'POST /channels': {
    good: { name: 'fine', description: null, parentChannelId: null, ordinality: 0, capabilities: [] },
    bad: { ...CHANNEL_FACTS, name: [undefined, null, ...NO_NAMES, ...NO_TEXTS, ...UNSTORABLE] },
  },
  'PATCH /channels/:channel': {
    good: { name: 'finer', description: 'x' },
    bad: { ...CHANNEL_FACTS, name: [null, ...NO_NAMES, ...NO_TEXTS, ...UNSTORABLE] },
  },
  'POST /channels/:channel/chats': {
    good: { content: 'x', threadId: null, sentAt: 'whenever' },
    bad: { threadId: NO_IDS, content: [undefined, null, '', ...NO_TEXTS, ...UNSTORABLE] },
  },
  'POST /channels/:channel/threads': {
    good: { sourceChatId: 1, name: 'x' },
    bad: {
      sourceChatId: [undefined, null, ...NO_IDS],
      name: [undefined, null, '', 'x'.repeat(101), ...NO_TEXTS, ...UNSTORABLE],
    },
  },
  'PATCH /chats/:chat': {
    good: { content: 'x' },
    bad: { content: [undefined, null, '', ...NO_TEXTS, ...UNSTORABLE] },
  },
  'POST /chats/:chat/reactions': {
    good: { reaction: '😂', adding: true },
    bad: {
      reaction: [undefined, null, '', 'x'.repeat(65), 'ä'.repeat(33), ...NO_TEXTS, ...UNSTORABLE],
      adding: [undefined, null, 'true', 1, 0, '', [], {}],
    },
  },
};

const cases = Object.entries(BODIES).flatMap(([route, { good, bad }]) =>
  Object.entries(bad).flatMap(([field, values]) =>
    values.map((value): [string, string, string, object] => {
      const shown = value === undefined ? 'missing' : JSON.stringify(value).slice(0, 40);
      return [route, field, shown, { ...good, [field]: value }];
    }),
  ),
);

describe('REST, asked badly,', () => {
  let server: TestServer;
  let rest: DocumentedRest;
  let client: DocumentedRestClient;
  let ids: { channel: number; chat: number };
  const token = signToken({ sub: 'Boss', roles: ['admin'] });

  beforeAll(async () => {
    server = await TestServer.start({ MAX_FRAME_BYTES: '20000', MAX_MESSAGE_BYTES: '10000' });
    rest = await DocumentedRest.over(server);
    client = rest.as('Boss', { roles: ['admin'] });
    const channel = (await client.post<{ id: number }>('/channels', { name: 'here' })).body.id;
    const chat = (await client.post<{ id: number }>(`/channels/${channel}/chats`, { content: 'as it was' })).body.id;
    ids = { channel, chat };
  });

  afterAll(() => server.stop());

  /** Nothing of all this has done anything. */
  afterEach(async () => {
    expect((await client.get('/channels/' + String(ids.channel))).body).toMatchObject({ name: 'here' });
    expect((await client.get(`/channels/${ids.channel}/chats/latest`)).body).toMatchObject([
      { id: ids.chat, content: 'as it was', edited: false, reactions: {} },
    ]);
    expect((await client.get('/channels')).body).toHaveLength(2);
    expect((await client.get('/server')).body).toMatchObject({ description: null, iconId: null, defaultChannelId: 1 });
    expect((await client.get(`/channels/${ids.channel}/threads`)).body).toEqual([]);
  });

  const addressOf = (route: string): [method: string, path: string] => {
    const [method = '', path = ''] = route.split(' ');
    return [method, path.replace(':channel', String(ids.channel)).replace(':chat', String(ids.chat))];
  };
  const refused = (code: number, field?: string): object => ({
    status: code,
    body: { code, message: aText, ...(field !== undefined && { details: { field } }) },
  });
  const send = async (route: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<object> => {
    const [method, path] = addressOf(route);
    const answer = await fetch(`${server.httpOrigin}/api${path}`, {
      method,
      body,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    });
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    return { status: answer.status, body: await answer.json() };
  };

  it.each(cases)('%s names %s where it is %s', async (route, field, _shown, body) => {
    const [method, path] = addressOf(route);
    const answer = await client.ask<{ details: { field: string } }>(method, path, body);

    expect(answer).toEqual(refused(400, answer.body.details.field));
    // Of lists the element that is at fault.
    expect(answer.body.details.field.split('.')[0]).toBe(field);
  });

  it('names the first field of several', async () => {
    const [method, path] = addressOf('POST /chats/:chat/reactions');
    expect(await client.ask(method, path, {})).toEqual(refused(400, 'reaction'));
    expect(await client.ask(method, path, { reaction: '😂' })).toEqual(refused(400, 'adding'));
  });

  it('names the element of a list', async () => {
    expect(await client.post('/channels', { name: 'fine', capabilities: ['TEXT', 7] })).toEqual(
      refused(400, 'capabilities.1'),
    );
  });

  describe.each(Object.keys(BODIES))('%s', (route) => {
    it.each<[string, string | Buffer, number]>([
      ['no JSON', '{', 400],
      ['half of it', '{"content":"x', 400],
      ['something after it', '{} {}', 400],
      ['a text', '"x"', 400],
      ['a number', '7', 400],
      ['null', 'null', 400],
      ['a list', '[]', 400],
      ['a list of what would be right', '[{"content":"x","name":"x"}]', 400],
      ['what is no UTF-8', Buffer.from('{"content":"\xff","name":"\xff"}', 'latin1'), 400],
    ])('refuses %s', async (_what, body, code) => {
      expect(await send(route, body)).toMatchObject({ status: code, body: { code, message: aText } });
    });

    it('asks for what may not be missing where there is nothing that it knows, however deep', async () => {
      const needed = Object.values(BODIES[route]?.bad ?? {}).some((values) => values.includes(undefined));
      for (const body of ['', '{}', `{"unknown":${'['.repeat(9_000)}${']'.repeat(9_000)}}`]) {
        expect(await send(route, body)).toMatchObject({ status: needed ? 400 : 200 });
      }
    });

    it.each<[string, Record<string, string>]>([
      ['text', { 'content-type': 'text/plain' }],
      ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
      ['something else', { 'content-type': 'application/octet-stream' }],
    ])('takes no body that calls itself %s', async (_what, headers) => {
      expect(await send(route, JSON.stringify(BODIES[route]?.good), headers)).toMatchObject({
        status: 400,
        body: { code: 400, message: expect.stringContaining('application/json') as string },
      });
    });

    it('is 413 over MAX_FRAME_BYTES, also where it is compressed', async () => {
      const body = JSON.stringify({ ...BODIES[route]?.good, unknown: 'x'.repeat(20_000) });

      expect(await send(route, body)).toMatchObject(refused(413));
      expect(await send(route, gzipSync(body), { 'content-encoding': 'gzip' })).toMatchObject(refused(413));
    });

    it('is 415 in an encoding that nobody knows, or a charset that is not UTF-8', async () => {
      expect(await send(route, '{}', { 'content-encoding': 'lzw' })).toMatchObject(refused(415));
      expect(await send(route, '{}', { 'content-type': 'application/json; charset=koi8-r' })).toMatchObject(
        refused(415),
      );
    });

    it('asks for a token before it checks anything', async () => {
      const [method, path] = addressOf(route);
      expect(await rest.as().ask(method, path, { content: 7 })).toEqual(refused(401));
    });
  });

  describe('an id in an address that can be none', () => {
    const NO_PATH_IDS = [
      '0',
      '-1',
      '1.0',
      '01',
      '+1',
      '1e3',
      'abc',
      '9007199254740992',
      '%20',
      '1%00',
      '%F0%9F%98%82',
      'null',
      'undefined',
      '1;2',
      '1%2F2',
    ];
    const routes = [
      'GET /users/:id',
      'GET /channels/:id',
      'PATCH /channels/:id',
      'DELETE /channels/:id',
      'GET /channels/:id/chats/latest',
      'POST /channels/:id/chats',
      'GET /channels/:id/threads',
      'POST /channels/:id/threads',
      'GET /chats/:id',
      'PATCH /chats/:id',
      'DELETE /chats/:id',
      'GET /chats/:id/reactions',
      'POST /chats/:id/reactions',
    ];
    /** Good for whichever of them takes one. */
    const body = { content: 'x', name: 'x', sourceChatId: 1, reaction: 'x', adding: true };

    it.each(routes)('%s is 404', async (route) => {
      const [method = '', path = ''] = route.split(' ');
      for (const id of NO_PATH_IDS) {
        const asked = path.replace(':id', id);
        const answer = await client.ask(method, asked, method === 'GET' ? undefined : body);
        expect([asked, answer]).toEqual([asked, { status: 404, body: { code: 404, message: aText } }]);
      }
    });

    it.each(routes)('%s is 404 for one that is nobody’s', async (route) => {
      const [method = '', path = ''] = route.split(' ');
      for (const id of ['999999999', '9007199254740991']) {
        const answer = await client.ask(method, path.replace(':id', id), method === 'GET' ? undefined : body);
        expect(answer).toMatchObject({ status: 404, body: { code: 404, message: aText } });
      }
    });
  });

  it.each([
    ['/users', 'page=-1', 'page'],
    ['/users', 'size=501', 'size'],
    ['/users', 'query=a%00', 'query'],
    ['/users', `query=${'x'.repeat(1_001)}`, 'query'],
    ['/channels/1/chats/latest', 'size=0', 'size'],
    ['/channels/1/chats/latest', 'size=many', 'size'],
    ['/channels/1/threads', 'size=501', 'size'],
    ['/channels/1/threads', 'page=1.5', 'page'],
  ])('GET %s refuses ?%s', async (path, query, field) => {
    expect(await client.get(`${path}?${query}`)).toEqual(refused(400, field));
  });
});

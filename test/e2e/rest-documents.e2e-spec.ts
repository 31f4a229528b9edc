import { head, sendRaw } from '../support/bad-input/raw-http.js';
import { aText } from '../support/expectations.js';
import { faultIn } from '../support/json-schema.js';
import { OpenApi } from '../support/openapi.js';
import { TestServer } from '../support/parlance.js';
import { signToken } from '../support/tokens.js';

/** Sections 5 and 7 of the protocol, and files. */
const ROUTES = [
  'POST /api/users/register',
  'POST /api/tokens',
  'GET /api/tokens/recycle',
  'GET /api/self',
  'POST /api/self/password',
  'GET /api/users',
  'GET /api/users/{id}',
  'GET /api/server',
  'PATCH /api/server',
  'GET /api/channels',
  'POST /api/channels',
  'GET /api/channels/{id}',
  'PATCH /api/channels/{id}',
  'DELETE /api/channels/{id}',
  'GET /api/channels/{id}/chats/latest',
  'POST /api/channels/{id}/chats',
  'GET /api/channels/{id}/threads',
  'POST /api/channels/{id}/threads',
  'GET /api/chats',
  'GET /api/chats/{id}',
  'PATCH /api/chats/{id}',
  'DELETE /api/chats/{id}',
  'GET /api/chats/{id}/reactions',
  'POST /api/chats/{id}/reactions',
  'GET /api/files/{id}',
  'GET /api/ice-servers',
];
const OPEN_ROUTES = ['POST /api/users/register', 'POST /api/tokens'];

describe('REST, as it describes itself', () => {
  let server: TestServer;
  let api: OpenApi;

  beforeAll(async () => {
    server = await TestServer.start();
    api = await OpenApi.of(server.httpOrigin);
  });

  afterAll(() => server.stop());

  it('has every route of the protocol, each under a name of its own', () => {
    const operations = Object.values(api.document.paths).flatMap((methods) => Object.values(methods));
    const ids = operations.map((operation) => (operation as { operationId?: string }).operationId);

    expect(api.routes).toEqual(expect.arrayContaining(ROUTES));
    expect(new Set(ids).size).toBe(operations.length);
  });

  it('says which of them need a token: all but two', () => {
    const open = api.routes.filter((route) => !api.guardedRoutes.includes(route));
    expect(open.sort()).toEqual([...OPEN_ROUTES].sort());
  });

  it('says of every one that needs a token what it answers without', () => {
    for (const route of api.guardedRoutes) {
      const [method = '', path = ''] = route.split(' ');
      expect([route, api.faultIn(method, path, 401, { code: 401, message: '' })]).toEqual([route, undefined]);
    }
  });

  it('refers to no schema that is not there, and holds no path or name of the machine', () => {
    const text = JSON.stringify(api.document);
    const names = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name);

    expect(names.length).toBeGreaterThan(0);
    expect(Object.keys(api.document.components.schemas)).toEqual(expect.arrayContaining(names));
    expect(/\/src\/|\.ts"|127\.0\.0\.1|nestjs/i.exec(text)).toBeNull();
  });

  it.each([
    ['/docs', 'text/html'],
    ['/docs/openapi.json', 'application/json'],
  ])('serves %s to everybody', async (path, type) => {
    const answer = await fetch(`${server.httpOrigin}${path}`);
    await answer.arrayBuffer();

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain(type);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.has('x-powered-by')).toBe(false);
  });

  it('serves all that its page loads', async () => {
    const page = await (await fetch(`${server.httpOrigin}/docs`)).text();
    const parts = [...page.matchAll(/(?:src|href)="\.?\/?([^"]+)"/g)].map(([, part = '']) => part);

    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) {
      const answer = await fetch(new URL(part, `${server.httpOrigin}/`));
      const { byteLength } = await answer.arrayBuffer();
      expect([part, answer.status, byteLength > 0]).toEqual([part, 200, true]);
    }
  });

  it('checks answers by its schemas, so that a wrong one is found', () => {
    const { schemas } = api.document.components;
    const chat = {
      id: 1,
      createdAt: 1,
      authorId: 1,
      channelId: 1,
      threadId: null,
      content: '',
      edited: false,
      reactions: { '😂': 2 },
    };
    const wrong = [
      { ...chat, id: 0 },
      { ...chat, id: '1' },
      { ...chat, content: null },
      { ...chat, edited: 'no' },
      { ...chat, reactions: { '😂': 0 } },
      { ...chat, secret: 1 },
      { ...chat, threadId: undefined },
      [],
    ];

    expect(faultIn(chat, schemas.ChatView ?? {}, schemas)).toBeUndefined();
    for (const value of wrong) expect(faultIn(value, schemas.ChatView ?? {}, schemas)).toEqual(aText);
  });

  describe('what is not there', () => {
    const TOKEN = signToken({ sub: 'User1' });
    const shape = (code: number): object => ({ code, message: aText });

    it.each([
      ['GET', '/api'],
      ['GET', '/api/'],
      ['GET', '/api/nothing'],
      ['GET', '/api/channels/1/nothing'],
      ['GET', '/api/channels/1/chats/newest'],
      ['GET', '/api/tokens'],
      ['GET', '/api/self/password'],
      ['POST', '/api/self'],
      ['PUT', '/api/channels/1'],
      ['PATCH', '/api/channels'],
      ['DELETE', '/api/channels'],
      ['POST', '/api/channels/1'],
      ['DELETE', '/api/users/1'],
      ['PATCH', '/api/users/1'],
      ['POST', '/api/server'],
      ['DELETE', '/api/chats'],
      ['POST', '/api/chats'],
      ['DELETE', '/api/chats/1/reactions'],
      ['PATCH', '/api/channels/1/threads'],
      ['OPTIONS', '/api/channels'],
      ['OPTIONS', '/api/nothing'],
      ['TRACE', '/api/channels'],
      ['GET', '/docs/nothing'],
      ['GET', '/docs-json'],
      ['GET', '/docs-yaml'],
    ])('%s %s is 404, in the shape of every error', async (method, path) => {
      const request = head(`${method} ${path} HTTP/1.1`, { Connection: 'close', Authorization: `Bearer ${TOKEN}` });
      const { status, headers, body } = await sendRaw(server.httpOrigin, request);

      expect(status).toBe(404);
      expect(JSON.parse(body)).toEqual(shape(404));
      expect(headers.get('content-type')).toContain('application/json');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.has('x-powered-by')).toBe(false);
      expect(body).not.toContain(path.slice(1));
    });

    it.each(['/api/channels', '/api/self', '/api/server', '/api/channels/1/chats/latest', '/docs/openapi.json'])(
      'HEAD %s answers as GET does, without a body',
      async (path) => {
        const headers = { authorization: `Bearer ${TOKEN}` };
        const [asked, got] = [
          await fetch(`${server.httpOrigin}${path}`, { method: 'HEAD', headers }),
          await fetch(`${server.httpOrigin}${path}`, { headers }),
        ];
        await got.arrayBuffer();

        expect(asked.status).toBe(200);
        expect(await asked.text()).toBe('');
        expect(asked.headers.get('content-type')).toBe(got.headers.get('content-type'));
        expect(asked.headers.get('content-length')).toBe(got.headers.get('content-length'));
      },
    );

    it('HEAD without a token is 401 without a body', async () => {
      const answer = await fetch(`${server.httpOrigin}/api/channels`, { method: 'HEAD' });
      expect([answer.status, await answer.text()]).toEqual([401, '']);
    });
  });

  it('asks for a token by the header that HTTP has for that', async () => {
    const answer = await fetch(`${server.httpOrigin}/api/self`);

    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await answer.json()).toEqual({ code: 401, message: aText });
  });

  it('takes a token in each of the three places, and the first that is there counts', async () => {
    const [good, bad] = [signToken({ sub: 'User1' }), 'nonsense'];
    const ask = async (path: string, headers: Record<string, string>): Promise<number> => {
      const answer = await fetch(`${server.httpOrigin}/api/self${path}`, { headers });
      await answer.arrayBuffer();
      return answer.status;
    };

    expect(await ask('', { authorization: `Bearer ${good}` })).toBe(200);
    expect(await ask('', { authorization: `bearer ${good}` })).toBe(200);
    expect(await ask('', { 'sec-websocket-protocol': `access_token.${good}` })).toBe(200);
    expect(await ask(`?token=${good}`, {})).toBe(200);
    expect(await ask(`?token=${good}`, { authorization: `Bearer ${bad}` })).toBe(401);
    expect(await ask(`?token=${bad}`, { authorization: `Bearer ${good}` })).toBe(200);
    expect(await ask('', { authorization: `Basic ${good}` })).toBe(401);
  });
});

import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { aText } from '../support/expectations.js';
import { TestServer } from '../support/parlance.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { inSeconds, signToken } from '../support/tokens.js';

type Headers = Readonly<Record<string, string>>;

const JSON_BODY: Headers = { 'content-type': 'application/json' };
/** Bodies that are refused where they are read, and with what. */
const UNREADABLE: readonly [string, string | Buffer, Headers, number][] = [
  ['no JSON', '{', {}, 400],
  ['no object', '[]', {}, 400],
  ['no UTF-8', Buffer.from('{"a":"\xff"}', 'latin1'), {}, 400],
  ['not called JSON', '{}', { 'content-type': 'text/plain' }, 400],
  ['too large', JSON.stringify({ a: 'x'.repeat(1_100_000) }), {}, 413],
  ['in an encoding that nobody knows', '{}', { 'content-encoding': 'lzw' }, 415],
];

const operatorToken = signToken({ sub: 'Operator', roles: ['admin'] });
const problem = (code: number, more: object = {}): object => ({
  ...{ type: 'about:blank', title: aText, status: code, detail: aText, code },
  ...more,
});

describe('/admin', () => {
  let server: TestServer;
  let rest: DocumentedRest;
  let operator: DocumentedRestClient;
  let routes: readonly (readonly [method: string, path: string])[];

  beforeAll(async () => {
    server = await TestServer.start();
    rest = await DocumentedRest.over(server);
    operator = rest.asOperator();
    routes = rest.api.operatorRoutes.map((route) => {
      const [method = '', template = ''] = route.split(' ');
      return [method, template.replaceAll(/\{\w+\}/g, '7')] as const;
    });
  });

  afterAll(() => server.stop());

  async function send(method: string, path: string, token?: string, headers: Headers = {}, body?: string | Buffer) {
    const authorization: Headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`${server.httpOrigin}${path}`, {
      method,
      headers: { ...authorization, ...headers },
      body,
    });
    const text = await answer.text();
    const type = answer.headers.get('content-type');
    const isProblem = type === 'application/problem+json';
    return {
      status: answer.status,
      type,
      body: isProblem ? (JSON.parse(text) as object) : text,
      headers: answer.headers,
    };
  }

  it('has the routes that the protocol names', () => {
    expect([...rest.api.operatorRoutes].sort()).toEqual([
      'DELETE /admin/calls/{id}',
      'DELETE /admin/chats/{id}/members/{user}',
      'DELETE /admin/connections/{id}',
      'DELETE /admin/messages/{id}',
      'DELETE /admin/topics/{topic}/history',
      'DELETE /admin/users/{id}',
      'DELETE /admin/users/{id}/ban',
      'DELETE /admin/users/{id}/tokens',
      'GET /admin/audit',
      'GET /admin/calls',
      'GET /admin/chats',
      'GET /admin/chats/{id}',
      'GET /admin/chats/{id}/members',
      'GET /admin/connections',
      'GET /admin/messages',
      'GET /admin/messages/{id}',
      'GET /admin/messages/{id}/journey',
      'GET /admin/stats',
      'GET /admin/topics',
      'GET /admin/topics/{topic}/history',
      'GET /admin/users',
      'GET /admin/users/{id}',
      'GET /admin/users/{id}/export',
      'POST /admin/chats/{id}/members',
      'POST /admin/chats/{id}/members/{user}',
      'POST /admin/notifications',
      'POST /admin/users/{id}/ban',
      'POST /admin/users/{id}/tokens',
    ]);
  });

  describe('lets in', () => {
    it('nobody without a token that counts', async () => {
      const expired = signToken({ sub: 'Operator', roles: ['admin'], exp: inSeconds(-60) });
      for (const [method, path] of routes) {
        for (const token of [undefined, 'nonsense', expired]) {
          const answer = await send(method, path, token);
          expect([method, path, answer.status, answer.body]).toEqual([method, path, 401, problem(401)]);
          expect(answer.headers.get('www-authenticate')).toBe('Bearer');
        }
      }
    });

    it.each([{}, { roles: ['moderator', 'channels'] }, { roles: ['Admin'] }])('no user: %j', async (claims) => {
      const token = signToken({ sub: 'Ann', ...claims });
      for (const [method, path] of routes) {
        const answer = await send(method, path, token);
        expect([method, path, answer.status, answer.body]).toEqual([method, path, 403, problem(403)]);
      }
    });

    it('operators, and answers each as the document says', async () => {
      for (const [method, path] of routes) {
        const body = method === 'POST' ? {} : undefined;
        const answer = await operator.ask(method, path.replace('/admin', ''), body);
        expect([method, path, [401, 403].includes(answer.status)]).toEqual([method, path, false]);
      }
    });

    it('an operator by each of the places of a token', async () => {
      expect((await send('GET', `/admin/stats?token=${operatorToken}`)).status).toBe(200);
      expect((await send('GET', '/admin/stats', operatorToken)).status).toBe(200);
      expect(
        (await send('GET', '/admin/stats', undefined, { 'sec-websocket-protocol': `access_token.${operatorToken}` }))
          .status,
      ).toBe(200);
      expect((await send('GET', `/admin/stats?token=${operatorToken}`, 'nonsense')).status).toBe(401);
    });

    it.each(UNREADABLE)('nobody because of a body, which is not looked at: %s', async (_what, body, headers, code) => {
      const takingBodies = routes.filter(([verb, path]) => verb === 'POST' && !/\/members\/./.test(path));
      for (const [method, path] of takingBodies) {
        const all = { ...JSON_BODY, ...headers };
        const [nobody, user, admin] = [
          await send(method, path, undefined, all, body),
          await send(method, path, signToken({ sub: 'Ann' }), all, body),
          await send(method, path, operatorToken, all, body),
        ];
        expect([path, nobody.status, user.status, admin.status]).toEqual([path, 401, 403, code]);
        expect(admin.body).toEqual(problem(code));
      }
    });

    it.each([
      ['GET', '/admin'],
      ['GET', '/admin/'],
      ['GET', '/admin/nothing'],
      ['PUT', '/admin/stats'],
      ['POST', '/admin/connections'],
      ['OPTIONS', '/admin/audit'],
      ['PATCH', '/admin/users/Ann'],
      ['GET', '/admin/users/Ann/ban'],
    ])('nobody to see what is not there: %s %s', async (method, path) => {
      expect((await send(method, path)).body).toEqual(problem(401));
      expect((await send(method, path, signToken({ sub: 'Ann' }))).body).toEqual(problem(403));
      expect((await send(method, path, operatorToken)).body).toEqual(problem(404));
    });

    it('nobody whose tokens were revoked', async () => {
      const [token, mine] = [signToken({ sub: 'Former', roles: ['admin'] }), rest.asOperator('Former')];
      expect((await mine.get('/stats')).status).toBe(200);
      expect((await operator.delete('/users/Former/tokens')).status).toBe(204);
      expect((await send('GET', '/admin/stats', token)).body).toEqual(problem(401));
    });

    it('nobody who is banned', async () => {
      const mine = rest.asOperator('Rogue');
      expect((await mine.get('/stats')).status).toBe(200);
      await operator.post('/users/Rogue/ban', { reason: 'rogue' });
      expect((await mine.get('/stats')).status).toBe(403);
    });
  });

  describe('lists', () => {
    const listed = () => routes.filter(([method, path]) => method === 'GET' && rest.api.takes(method, path, 'limit'));

    it.each(['0', '501', '-1', 'x', '1.5', ''])('refuse limit=%s', async (limit) => {
      expect(listed().length).toBeGreaterThanOrEqual(8);
      for (const [method, path] of listed()) {
        const { body } = await send(method, `${path}?limit=${limit}`, operatorToken);
        expect([path, body]).toEqual([path, problem(400, { field: 'limit' })]);
      }
    });

    it.each(['x', '', 'W10', 'bnVsbA', '%00'])('refuse cursor=%s', async (cursor) => {
      for (const [method, path] of listed()) {
        const { body } = await send(method, `${path}?cursor=${cursor}`, operatorToken);
        expect([path, body]).toEqual([path, problem(400, { field: 'cursor' })]);
      }
    });

    it('are not confused by the cursor of another', async () => {
      for (const userId of ['Ann', 'Ben']) await server.rest(userId).get('/self');
      const { next } = (await operator.get<{ next: string }>('/users?limit=1')).body;
      const others = listed().filter(([, path]) => path !== '/admin/users');
      expect(others.length).toBeGreaterThanOrEqual(7);
      for (const [method, path] of others) {
        const { body } = await send(method, `${path}?cursor=${next}`, operatorToken);
        expect([path, body]).toEqual([path, problem(400, { field: 'cursor' })]);
      }
    });
  });

  it('names no framework, and is kept in no cache', async () => {
    for (const path of ['/admin/stats', '/admin/nothing']) {
      const { headers } = await send('GET', path, operatorToken);
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('/admin, while the database is away,', () => {
  let server: TestServer;
  let proxy: TcpProxy;

  beforeAll(async () => {
    server = await TestServer.start({}, async (url) => {
      proxy = await TcpProxy.start(url);
      return proxy.through(url);
    });
  });

  afterAll(async () => {
    proxy.restore();
    await server.stop();
    await proxy.stop();
  });

  it('answers 503 and does nothing: a deed without its row is not done', async () => {
    const rest = await DocumentedRest.over(server);
    const operator = rest.asOperator();
    const phone = await server.connect('Ann');
    const { items } = (await operator.get<{ items: { id: string }[] }>('/connections')).body;
    proxy.cut();
    const asked = [
      await operator.delete(`/connections/${items[0]?.id}`),
      await operator.post('/notifications', { level: 'info', title: 'x', message: 'y' }),
      await operator.get('/stats'),
      await operator.get('/connections'),
    ];
    for (const { status, body } of asked) expect([status, body]).toEqual([503, problem(503)]);
    proxy.restore();
    await phone.settled();
    expect(phone.events('notification')).toEqual([]);
    expect(phone.socket.readyState).toBe(phone.socket.OPEN);
  });
});

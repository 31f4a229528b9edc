import { operator as principal, OPERATOR_TOKEN, RestEdge } from '../../test/support/rest-edge.js';
import { Cursors } from './cursors.js';

const operator = { userId: principal.userId, address: '127.0.0.1' };
const PAGE = { items: [], next: null };
const notice = { level: 'info', title: 'Hi', message: 'there' };

interface Row {
  readonly ask: string;
  readonly body?: object;
  readonly status: number;
  /** What the service says, and what is answered then. */
  readonly said?: unknown;
  readonly answer?: unknown;
  readonly calls: readonly (readonly unknown[])[];
}

/** Of a list whose places are made of such. */
function cursorOf(list: string, ...place: (string | number)[]): string {
  const kinds = place.map((part) => (typeof part === 'number' ? 'number' : 'text'));
  return new Cursors<readonly ('number' | 'text')[]>(list, kinds).write(place);
}

const deed = (action: string, subject: string, more: object = {}) => [
  'audit.record',
  { operator: { ...operator, idempotencyKey: undefined }, action, subject, ...more },
];

const rows: readonly Row[] = [
  {
    ask: 'GET /connections',
    said: [],
    status: 200,
    answer: PAGE,
    calls: [['ConnectionDirectory.list', { limit: 51 }]],
  },
  {
    ask: `GET /connections?user=Ann&dialect=concord&server=a&limit=2&cursor=${cursorOf('connections', 'c1')}`,
    said: [{ id: 'c2' }, { id: 'c3' }, { id: 'c4' }],
    status: 200,
    answer: { items: [{ id: 'c2' }, { id: 'c3' }], next: cursorOf('connections', 'c3') },
    calls: [['ConnectionDirectory.list', { user: 'Ann', dialect: 'concord', server: 'a', after: 'c1', limit: 3 }]],
  },
  {
    ask: 'DELETE /connections/c1',
    said: true,
    status: 204,
    calls: [deed('connection.close', 'c1'), ['ConnectionDirectory.close', 'c1']],
  },
  {
    ask: 'GET /topics?limit=1',
    said: [{ topic: 'a' }, { topic: 'b' }],
    status: 200,
    answer: { items: [{ topic: 'a' }], next: cursorOf('topics', 'a') },
    calls: [['OperatorTopicsService.list', undefined, 2]],
  },
  {
    ask: `GET /topics/orders.created/history?limit=3&cursor=${cursorOf('history', 9)}`,
    said: { messages: [{ id: 'm', topic: 'orders.created', sender: 'Ann', payloadJson: '{"a":1}', at: 5 }], next: 7 },
    status: 200,
    answer: {
      items: [{ id: 'm', topic: 'orders.created', sender: 'Ann', payload: { a: 1 }, at: 5 }],
      next: cursorOf('history', 7),
    },
    calls: [['OperatorTopicsService.history', 'orders.created', 3, 9]],
  },
  {
    ask: 'DELETE /topics/orders.created/history',
    status: 204,
    calls: [deed('topic.purge', 'orders.created'), ['OperatorTopicsService.purge', 'orders.created']],
  },
  {
    ask: `GET /calls?cursor=${cursorOf('calls', 5, 'call_a')}`,
    said: [],
    status: 200,
    answer: PAGE,
    calls: [['OpenCallsService.list', { after: { startedAt: 5, callId: 'call_a' }, limit: 51 }]],
  },
  {
    ask: 'DELETE /calls/call_a',
    status: 204,
    calls: [deed('call.close', 'call_a'), ['OpenCallsService.close', 'call_a']],
  },
  {
    ask: 'POST /notifications',
    body: { ...notice, topic: 'news', extra: 1 },
    said: 3,
    status: 200,
    answer: { recipients: 3 },
    calls: [
      deed('notification.send', 'news', { details: { ...notice, topic: 'news' } }),
      ['NotificationsService.send', { ...notice, topic: 'news' }],
    ],
  },
  { ask: 'GET /stats', said: { users: 1 }, status: 200, answer: { users: 1 }, calls: [['StatsService.read']] },
  {
    ask: `GET /audit?actor=Op&subject=Ann&limit=500&cursor=${cursorOf('audit', 12)}`,
    said: [],
    status: 200,
    answer: PAGE,
    calls: [['audit.list', { actor: 'Op', subject: 'Ann', before: 12, limit: 501 }]],
  },
];

describe('the controllers of operators', () => {
  let edge: RestEdge;

  beforeAll(async () => {
    edge = await RestEdge.start();
  });

  afterEach(() => {
    edge.forget();
  });

  afterAll(() => edge.stop());

  const ask = (method: string, path: string, body?: object) => edge.ask(method, `/admin${path}`, body, OPERATOR_TOKEN);

  it.each(rows)('$ask answers $status with what the service says', async ({ ask: asked, body, said, ...expected }) => {
    const [method = '', path = ''] = asked.split(' ');
    edge.answer = () => said;
    const answer = await ask(method, path, body);
    expect(edge.calls.map(({ name, args }) => [name, ...args])).toEqual(expected.calls);
    expect(answer.status).toBe(expected.status);
    expect(answer.body).toEqual(expected.answer ?? '');
  });

  it.each([
    ['GET', '/connections?limit=0', 'limit'],
    ['GET', '/connections?limit=501', 'limit'],
    ['GET', '/connections?dialect=morse', 'dialect'],
    ['GET', '/connections?cursor=x', 'cursor'],
    ['GET', '/connections?user=a&user=b', 'user'],
    ['GET', '/topics?limit=x', 'limit'],
    ['GET', `/topics/a/history?cursor=${cursorOf('topics', 'a')}`, 'cursor'],
    ['GET', '/topics/a.*/history', 'topic'],
    ['DELETE', '/topics/a..b/history', 'topic'],
    ['GET', '/calls?cursor=', 'cursor'],
    ['GET', '/audit?limit=-1', 'limit'],
    ['GET', '/audit?actor=%00', 'actor'],
    ['POST', '/notifications', 'level', {}],
    ['POST', '/notifications', 'level', { ...notice, level: 'x'.repeat(65) }],
    ['POST', '/notifications', 'title', { ...notice, title: '' }],
    ['POST', '/notifications', 'message', { ...notice, message: null }],
    ['POST', '/notifications', 'actions', { ...notice, actions: {} }],
    ['POST', '/notifications', 'actions.0.url', { ...notice, actions: [{ label: 'x' }] }],
    ['POST', '/notifications', 'users.1', { ...notice, users: ['a', ''] }],
    ['POST', '/notifications', 'topic', { ...notice, topic: 'a.>' }],
  ])('%s %s is at fault in %s', async (method, path, field, ...[body]: [body?: object]) => {
    const answer = await ask(method, path, body);
    expect(edge.calls).toEqual([]);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: expect.any(String) as string,
      code: 400,
      field,
    });
  });

  it.each(['GET /nothing', 'PUT /stats', 'POST /connections', 'GET /', 'PATCH /audit', 'DELETE /topics/a'])(
    'is 404 where nothing listens: %s',
    async (asked) => {
      const [method = '', path = ''] = asked.split(' ');
      const { status, body } = await ask(method, path);
      const problem = { type: 'about:blank', title: 'Not Found', status: 404, detail: 'Not Found', code: 404 };
      expect([status, body]).toEqual([404, problem]);
    },
  );

  it.each([`/connections/${'x'.repeat(256)}`, '/connections/a%00', '/calls/%00'])(
    'is 404 for what nothing can be called: %s',
    async (path) => {
      expect((await ask('DELETE', path)).status).toBe(404);
      expect(edge.calls).toEqual([]);
    },
  );

  describe('DELETE /connections/:id', () => {
    const close = async (wasDone: boolean, wasThere: boolean | undefined) => {
      edge.answer = (name) => (name === 'audit.wasDone' ? wasDone : wasThere);
      return (await ask('DELETE', '/connections/c1')).status;
    };

    it('is 204 again for one that an operator closed', async () => {
      expect(await close(true, false)).toBe(204);
    });

    it('is 404 for one that is not there', async () => {
      expect(await close(false, false)).toBe(404);
    });

    it('is 503 for one that may be on a server that cannot be reached, unless an operator closed it', async () => {
      expect(await close(false, undefined)).toBe(503);
      expect(await close(true, undefined)).toBe(204);
    });
  });

  describe('the Idempotency-Key', () => {
    const send = (key: string) =>
      edge.send('DELETE', '/admin/calls/call_a', { authorization: `Bearer ${OPERATOR_TOKEN}`, 'idempotency-key': key });

    it('is handed on', async () => {
      expect((await send('"8e03978e"')).status).toBe(204);
      expect(edge.calls[0]?.args).toEqual([
        { operator: { ...operator, idempotencyKey: '"8e03978e"' }, action: 'call.close', subject: 'call_a' },
      ]);
    });

    it.each(['', 'x'.repeat(256), 'ä'])('is 400 where it is %j', async (key) => {
      const { status, body } = await send(key);
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: 400, field: 'Idempotency-Key' });
      expect(edge.calls).toEqual([]);
    });
  });
});

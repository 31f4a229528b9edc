import { asker, RestEdge } from '../../test/support/rest-edge.js';

const actor = { principal: asker, origin: { userId: 'User1' } };
const credentials = { username: 'User1', password: 'secret' };
const page = { page: 0, size: 50 };

interface Row {
  readonly ask: string;
  readonly body?: object;
  readonly status: number;
  readonly calls: readonly unknown[];
}

const rows: readonly Row[] = [
  { ask: 'POST /users/register', body: credentials, status: 201, calls: ['accounts.register', credentials, asker] },
  { ask: 'GET /users', status: 200, calls: ['profiles.list', page] },
  {
    ask: 'GET /users?query=ann&page=2&size=500',
    status: 200,
    calls: ['profiles.list', { query: 'ann', page: 2, size: 500 }],
  },
  { ask: 'GET /users/7', status: 200, calls: ['profiles.one', 7] },
  {
    ask: 'POST /tokens',
    body: credentials,
    status: 200,
    calls: ['accounts.signIn', credentials, expect.stringContaining('127.0.0.1')],
  },
  { ask: 'GET /tokens/recycle', status: 200, calls: ['accounts.recycle', asker] },
  { ask: 'GET /self', status: 200, calls: ['profiles.self', 'User1'] },
  {
    ask: 'POST /self/password',
    body: { newPassword: 'new' },
    status: 200,
    calls: ['accounts.changePassword', asker, { newPassword: 'new' }],
  },
  { ask: 'GET /server', status: 200, calls: ['server.get'] },
  {
    ask: 'PATCH /server',
    body: { description: null },
    status: 200,
    calls: ['server.update', actor, { description: null }],
  },
  { ask: 'GET /channels', status: 200, calls: ['channels.tree', actor] },
  {
    ask: 'POST /channels',
    body: { name: 'lunch', parentChannelId: null },
    status: 201,
    calls: ['channels.create', actor, { name: 'lunch', parentChannelId: null }],
  },
  { ask: 'GET /channels/3', status: 200, calls: ['channels.one', actor, 3] },
  {
    ask: 'PATCH /channels/3',
    body: { ordinality: 2 },
    status: 200,
    calls: ['channels.update', actor, 3, { ordinality: 2 }],
  },
  { ask: 'DELETE /channels/3', status: 204, calls: ['channels.delete', actor, 3] },
  { ask: 'GET /channels/3/chats/latest', status: 200, calls: ['chats.latest', actor, 3, 50] },
  { ask: 'GET /channels/3/chats/latest?size=1', status: 200, calls: ['chats.latest', actor, 3, 1] },
  { ask: 'GET /channels/3/chats?size=20', status: 200, calls: ['chats.latest', actor, 3, 20] },
  {
    ask: 'POST /channels/3/chats',
    body: { content: 'hi', threadId: null, sentAt: 5, channelId: 9 },
    status: 201,
    calls: ['chats.write', actor, { channelId: 3, threadId: null, content: 'hi' }],
  },
  { ask: 'GET /channels/3/threads?page=1', status: 200, calls: ['threads.list', actor, 3, { page: 1, size: 50 }] },
  {
    ask: 'POST /channels/3/threads',
    body: { sourceChatId: 4, name: 'more' },
    status: 201,
    calls: ['threads.create', actor, 3, { sourceChatId: 4, name: 'more' }],
  },
  { ask: 'GET /chats', status: 200, calls: ['chats.search', actor, page] },
  {
    ask: 'GET /chats?channelId=3&threadId=-1&authorId=5&before=9007199254740991&after=0&query=so%20up&page=1&size=2',
    status: 200,
    calls: [
      'chats.search',
      actor,
      { channelId: 3, threadId: -1, authorId: 5, before: 2 ** 53 - 1, after: 0, query: 'so up', page: 1, size: 2 },
    ],
  },
  { ask: 'GET /chats/4', status: 200, calls: ['chats.one', actor, 4] },
  { ask: 'PATCH /chats/4', body: { content: 'ho' }, status: 200, calls: ['chats.edit', actor, 4, 'ho'] },
  { ask: 'DELETE /chats/4', status: 204, calls: ['chats.delete', actor, 4] },
  { ask: 'GET /chats/4/reactions', status: 200, calls: ['chats.reactions', actor, 4] },
  { ask: 'GET /ice-servers', status: 200, calls: ['ice.of', 'User1'] },
  {
    ask: 'POST /chats/4/reactions',
    body: { reaction: '👍', adding: false },
    status: 200,
    calls: ['chats.react', actor, { chatId: 4, reaction: '👍', adding: false }],
  },
];

describe('the controllers', () => {
  let edge: RestEdge;

  beforeAll(async () => {
    edge = await RestEdge.start();
  });

  afterEach(() => {
    edge.forget();
  });

  afterAll(() => edge.stop());

  it.each(rows)('$ask answers $status with what the service says', async ({ ask, body, status, calls }) => {
    const [method = '', path = ''] = ask.split(' ');
    edge.answer = () => ({ said: 'so' });
    const answer = await edge.ask(method, `/api${path}`, body);
    expect(answer.status).toBe(status);
    const [name, ...args] = calls;
    expect(edge.calls).toEqual([{ name, args }]);
    if (path === '/self/password') expect(answer.body).toEqual({});
    else expect(answer.body).toEqual(status === 204 ? '' : { said: 'so' });
  });

  describe('POST /api/users/register', () => {
    const register = (headers: Record<string, string>) =>
      edge.send(
        'POST',
        '/api/users/register',
        { 'content-type': 'application/json', ...headers },
        JSON.stringify(credentials),
      );

    it('needs no token', async () => {
      expect((await register({})).status).toBe(201);
      expect(edge.calls).toEqual([{ name: 'accounts.register', args: [credentials, undefined] }]);
    });

    it.each([{ authorization: 'Bearer bad' }, { authorization: 'Basic good' }])(
      'refuses a token that is not good: %j',
      async (headers) => {
        expect((await register(headers)).status).toBe(401);
        expect(edge.calls).toEqual([]);
      },
    );
  });

  it('takes the token from the query too', async () => {
    expect((await edge.send('GET', '/api/channels/3/chats/latest?token=good&size=3')).status).toBe(200);
  });

  it('lets the header count where both are there', async () => {
    const answer = await edge.send('GET', '/api/self?token=good', { authorization: 'Bearer bad' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});

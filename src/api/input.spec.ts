import { RestEdge } from '../../test/support/rest-edge.js';

const MAX_FRAME_BYTES = 2_048;

describe('what is asked over REST', () => {
  let edge: RestEdge;

  beforeAll(async () => {
    edge = await RestEdge.start({ MAX_FRAME_BYTES: String(MAX_FRAME_BYTES), MAX_MESSAGE_BYTES: '1024' });
  });

  afterEach(() => {
    expect(edge.calls).toEqual([]);
  });

  afterAll(() => edge.stop());

  describe('a body', () => {
    it.each([
      ['POST', '/users/register', {}, 'username'],
      ['POST', '/users/register', { username: 'a', password: null }, 'password'],
      ['POST', '/users/register', { username: 5, password: 7 }, 'username'],
      ['POST', '/tokens', { username: 'a' }, 'password'],
      ['POST', '/self/password', { newPassword: ['x'] }, 'newPassword'],
      ['PATCH', '/server', { name: null }, 'name'],
      ['PATCH', '/server', { defaultChannelId: 1.5 }, 'defaultChannelId'],
      ['POST', '/channels', { name: 'a b' }, 'name'],
      ['POST', '/channels', { name: 'a', capabilities: ['TEXT', 5] }, 'capabilities.1'],
      ['PATCH', '/channels/1', { ordinality: 0.5 }, 'ordinality'],
      ['POST', '/channels/1/chats', { content: 5 }, 'content'],
      ['POST', '/channels/1/chats', { content: '' }, 'content'],
      ['POST', '/channels/1/chats', { threadId: 0, content: 'a' }, 'threadId'],
      ['POST', '/channels/1/chats', { content: 'a\0' }, 'content'],
      ['POST', '/channels/1/chats', { content: '\ud800' }, 'content'],
      ['POST', '/channels/1/threads', { name: 'a' }, 'sourceChatId'],
      ['PATCH', '/chats/1', { content: {} }, 'content'],
      ['POST', '/chats/1/reactions', { reaction: 'x'.repeat(65), adding: true }, 'reaction'],
      ['POST', '/chats/1/reactions', { reaction: 'x', adding: 'yes' }, 'adding'],
    ])('%s %s %j is at fault in %s', async (method, path, body, field) => {
      const { status, body: error } = await edge.ask(method, `/api${path}`, body);
      expect(status).toBe(400);
      expect(error).toEqual({ code: 400, message: expect.any(String) as string, details: { field } });
    });

    const json = { authorization: 'Bearer good', 'content-type': 'application/json' };

    it.each([
      ['an array', '[]', {}],
      ['a text', '"x"', {}],
      ['null', 'null', {}],
      ['no JSON', '{"content":', {}],
      ['not UTF-8', Buffer.from('{"content":"\xff"}', 'latin1'), {}],
      ['a form', 'content=x', { 'content-type': 'application/x-www-form-urlencoded' }],
      ['a text of another type', '{"content":"x"}', { 'content-type': 'text/plain' }],
    ])('is 400 where it is %s', async (_what, body, headers) => {
      const { status, body: error } = await edge.send('POST', '/api/channels/1/chats', { ...json, ...headers }, body);
      expect(status).toBe(400);
      expect(error).toEqual({ code: 400, message: expect.any(String) as string });
    });

    it('is 400 where there is none', async () => {
      const { status, body } = await edge.send('POST', '/api/channels/1/chats', json);
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: 400, details: { field: 'content' } });
    });

    it('is 413 above the size of a frame', async () => {
      const body = JSON.stringify({ content: 'x'.repeat(MAX_FRAME_BYTES) });
      const { status, body: error } = await edge.send('POST', '/api/channels/1/chats', json, body);
      expect(status).toBe(413);
      expect(error).toEqual({ code: 413, message: expect.any(String) as string });
    });

    it('is 415 in an unknown encoding', async () => {
      const headers = { ...json, 'content-encoding': 'lzw' };
      expect((await edge.send('POST', '/api/channels/1/chats', headers, '{}')).status).toBe(415);
    });
  });

  describe('a query', () => {
    it.each([
      ['/users?size=abc', 'size'],
      ['/users?size=', 'size'],
      ['/users?size=0', 'size'],
      ['/users?size=501', 'size'],
      ['/users?size=5.0', 'size'],
      ['/users?size=1e2', 'size'],
      ['/users?size=+5', 'size'],
      ['/users?size=5&size=6', 'size'],
      ['/users?page=-1', 'page'],
      ['/users?page=1000000001', 'page'],
      ['/users?query=a%00', 'query'],
      ['/users?query=a&query=b', 'query'],
      [`/users?query=${'x'.repeat(1_001)}`, 'query'],
      ['/channels/1/chats/latest?size=-5', 'size'],
      ['/channels/1/threads?page=x', 'page'],
      ['/chats?channelId=general', 'channelId'],
      ['/chats?channelId=0', 'channelId'],
      ['/chats?threadId=-2', 'threadId'],
      ['/chats?authorId=9007199254740992', 'authorId'],
      ['/chats?before=-1', 'before'],
      ['/chats?after=yesterday', 'after'],
    ])('%s is at fault in %s', async (path, field) => {
      const { status, body } = await edge.ask('GET', `/api${path}`);
      expect(status).toBe(400);
      expect(body).toEqual({ code: 400, message: expect.any(String) as string, details: { field } });
    });
  });

  describe('an id in an address', () => {
    it.each(['0', '-1', '1.0', '01', '+1', '1e3', 'abc', '9007199254740992', '99999999999999999999', '%20'])(
      'is unknown where it is %s',
      async (id) => {
        for (const path of [`/users/${id}`, `/channels/${id}`, `/chats/${id}/reactions`]) {
          const { status, body } = await edge.ask('GET', `/api${path}`);
          expect(status).toBe(404);
          expect(body).toEqual({ code: 404, message: expect.any(String) as string });
        }
      },
    );
  });

  it.each(['GET /api', 'GET /api/nowhere', 'POST /api/self', 'DELETE /api/channels', 'PUT /api/chats/1'])(
    'is 404 where nothing listens: %s',
    async (ask) => {
      const [method = '', path = ''] = ask.split(' ');
      const { status, body } = await edge.ask(method, path);
      expect(status).toBe(404);
      expect(body).toEqual({ code: 404, message: 'Not Found' });
    },
  );
});

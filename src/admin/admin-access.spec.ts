import { GOOD_TOKEN, OPERATOR_TOKEN, RestEdge } from '../../test/support/rest-edge.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Routes, and what is none: whoever is no operator is to see no difference. */
const PATHS = [
  '/admin',
  '/admin/',
  '/admin?token=',
  '/admin/stats',
  '/ADMIN/stats',
  '/Admin/Connections',
  '/admin//stats',
  '/admin/nothing',
  '/admin/connections/%zz',
  '/admin/connections?limit=0',
  '/admin/notifications',
];

describe('adminAccess', () => {
  let edge: RestEdge;

  beforeAll(async () => {
    edge = await RestEdge.start();
  });

  afterEach(() => {
    edge.forget();
  });

  afterAll(() => edge.stop());

  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

  describe.each(PATHS)('%s', (path) => {
    it.each(METHODS)('lets in operators alone: %s', async (method) => {
      const nobody = await edge.send(method, path);
      const stranger = await edge.send(method, path, bearer('bad'));
      const user = await edge.send(method, path, bearer(GOOD_TOKEN));
      expect([nobody.status, stranger.status, user.status]).toEqual([401, 401, 403]);
      expect(edge.calls).toEqual([]);
    });

    it('answers operators', async () => {
      const { status } = await edge.send('GET', path, bearer(OPERATOR_TOKEN));
      expect([401, 403]).not.toContain(status);
    });
  });

  it('says so in a problem document, and how to do better', async () => {
    const { status, headers, body } = await edge.send('GET', '/admin/stats');
    expect(status).toBe(401);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: expect.any(String) as string,
      code: 401,
    });
  });

  it.each([
    ['no JSON', '{'],
    ['too large', 'x'.repeat(2_000_000)],
  ])('reads no body of who is not let in: %s', async (_what, body) => {
    const json = { 'content-type': 'application/json' };
    expect((await edge.send('POST', '/admin/notifications', json, body)).status).toBe(401);
    const user = { ...json, ...bearer(GOOD_TOKEN) };
    expect((await edge.send('POST', '/admin/notifications', user, body)).status).toBe(403);
  });

  it('keeps what operators see out of caches', async () => {
    const { headers } = await edge.send('GET', '/admin/stats', bearer(OPERATOR_TOKEN));
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('leaves the neighbours of the prefix alone', async () => {
    const { status, body } = await edge.send('GET', '/administration');
    expect([status, body]).toEqual([404, { code: 404, message: 'Not Found' }]);
  });
});

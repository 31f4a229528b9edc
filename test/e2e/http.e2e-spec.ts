import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { TestServer } from '../support/parlance.js';

describe('HTTP', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(() => server.stop());

  const get = (path: string, how?: RequestInit): Promise<Response> => fetch(`${server.httpOrigin}${path}`, how);

  /** What the server answers to these very bytes, before it closes. */
  async function raw(request: string): Promise<string> {
    const socket = connect(Number(new URL(server.httpOrigin).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(request);
    return text(socket);
  }

  describe('the probes', () => {
    it.each([
      ['/health/live', 'live'],
      ['/health/ready', 'ready'],
    ])('%s answers 200', async (path, status) => {
      const answer = await get(path);

      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ status });
    });

    it('need no token', async () => {
      expect((await get('/health/ready', { headers: { authorization: 'Bearer nonsense' } })).status).toBe(200);
    });
  });

  describe('every answer', () => {
    const answers: [string, () => Promise<Response>][] = [
      ['a good one', () => get('/health/live')],
      ['an unknown path', () => get('/nowhere')],
      ['an unknown method', () => get('/health/live', { method: 'DELETE' })],
      ['HEAD', () => get('/health/live', { method: 'HEAD' })],
      ['OPTIONS', () => get('/health/live', { method: 'OPTIONS' })],
      ['a path that cannot be decoded', () => get('/%ff')],
      ['a body that is no JSON', () => post('{')],
      ['a body that is too large', () => post(JSON.stringify('x'.repeat(1_100_000)))],
      ['a body in an unknown encoding', () => post('{}', { 'content-encoding': 'lzw' })],
      ['a socket’s path without an upgrade', () => get('/messaging')],
    ];

    const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
      get('/health/live', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

    it.each(answers)('says nosniff and names no framework: %s', async (_what, ask) => {
      const answer = await ask();
      const everything = `${JSON.stringify([...answer.headers])} ${await answer.text()}`;

      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.has('x-powered-by')).toBe(false);
      expect(everything).not.toMatch(/nest|express|node|pre>|body-parser|at .+:\d+/i);
    });

    it.each(answers.filter(([what]) => !['a good one', 'HEAD', 'OPTIONS'].includes(what)))(
      'has the error’s code and a text, where it is one: %s',
      async (_what, ask) => {
        const answer = await ask();

        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
        expect(await answer.json()).toEqual({ code: answer.status, message: expect.any(String) as string });
      },
    );

    it.each([
      ['no HTTP', 'nonsense\r\n\r\n', 400],
      ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
      ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
      ['an expectation', 'GET /health/live HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nConnection: close\r\n\r\n', 200],
    ])('says nosniff also where the request is broken: %s', async (_what, request, status) => {
      const answer = await raw(request);

      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer).toMatch(/^x-content-type-options: nosniff\r$/im);
    });
  });
});

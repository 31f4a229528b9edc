import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { pinoHttp } from 'pino-http';
import { requestLogging } from './request-logging.js';

describe('requestLogging', () => {
  const lines = new PassThrough();
  const log = pinoHttp(requestLogging('info'), lines);
  const server = createServer((request, response) => {
    log(request, response);
    request.log.error('something went wrong');
    response.end();
  });

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterAll(() => server.close());

  it('names the request that a line is about, and nothing of it that may hold a token', async () => {
    const { port } = server.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}/api/self?token=secret`, {
      headers: {
        authorization: 'Bearer secret',
        cookie: 'secret',
        'sec-websocket-protocol': 'access_token.secret',
      },
    });
    const text = String(lines.read());

    expect(text.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(text)).toMatchObject({ req: { method: 'GET', path: '/api/self' }, msg: 'something went wrong' });
    expect(text).not.toContain('secret');
  });
});

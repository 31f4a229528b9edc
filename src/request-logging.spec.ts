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

  it('has of an error its stack and no more: statements carry what somebody wrote', () => {
    const error = Object.assign(new Error('relation is missing'), {
      code: '42P01',
      query: 'secret',
      parameters: ['secret'],
    });
    log.logger.error({ err: error }, 'it failed');
    const line = JSON.parse(String(lines.read())) as { err: object };
    expect(line.err).toEqual({
      type: 'Error',
      message: 'relation is missing',
      code: '42P01',
      stack: expect.stringContaining('relation is missing') as string,
    });
  });

  it.each([[undefined], [null], ['secret'], [{ raw: 'secret' }], [{ reason: 'secret' }]])(
    'says no more of what is no error than what kind of thing it is: %j',
    (err) => {
      log.logger.error({ err }, 'it failed');
      const text = String(lines.read());
      expect(JSON.parse(text)).toMatchObject({ msg: 'it failed' });
      expect(text).not.toContain('secret');
    },
  );

  it('leaves out the message of an error that quotes', () => {
    log.logger.error({ err: new SyntaxError('Unexpected token in "secret"') }, 'it failed');
    expect(String(lines.read())).not.toContain('secret');
  });

  it('takes what is thrown and is no error', () => {
    log.logger.error({ err: 'secret' }, 'it failed');
    expect(JSON.parse(String(lines.read()))).toMatchObject({ err: { type: 'string' } });
  });
});

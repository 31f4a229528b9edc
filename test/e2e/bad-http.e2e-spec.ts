import { once } from 'node:events';
import { head, openRaw, type RawAnswer, sendRaw } from '../support/bad-input/raw-http.js';
import { TestServer } from '../support/parlance.js';
import { signToken } from '../support/tokens.js';

const TOKEN = signToken({ sub: 'User1' });
const MESSAGING = `/messaging?token=${TOKEN}`;
const MANY_HEADERS = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`X-${index}`, '1']));
/** The handshake of a WebSocket, and its answer. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

function request(line: string, headers: Readonly<Record<string, string | undefined>> = {}): string {
  return head(line, { Connection: 'close', ...headers });
}

/** @param path where bodies are read, whoever asks */
function post(body: string, headers: Readonly<Record<string, string>> = {}, path = '/api/tokens'): string {
  const ofBody = { 'Content-Type': 'application/json', 'Content-Length': `${body.length}` };
  return request(`POST ${path} HTTP/1.1`, { ...ofBody, ...headers }) + body;
}

function upgrade(
  headers: Readonly<Record<string, string | undefined>> = {},
  line = `GET ${MESSAGING} HTTP/1.1`,
): string {
  return head(line, {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    ...headers,
  });
}

/** An upgrade and, in the same breath, bytes that are no WebSocket frame. @param hex the bytes */
function upgradeThen(hex: string): Buffer {
  return Buffer.concat([Buffer.from(upgrade()), Buffer.from(hex, 'hex')]);
}

describe('Bad HTTP', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterEach(async () => {
    const response = await fetch(`${server.httpOrigin}/health/live`);
    expect(response.status).toBe(200);
    const client = await server.connect('User1');
    await client.settled();
    await client.close();
  });

  afterAll(() => server.stop());

  function expectSafe({ status, headers, body }: RawAnswer): void {
    if (status === undefined || status === 101) return;
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.has('x-powered-by')).toBe(false);
    expect(headers.has('server')).toBe(false);
    expect(body).not.toContain(TOKEN);
  }

  it.each([
    ['GET', 200],
    ['HEAD', 200],
    ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'].map((method): [string, number] => [
      method,
      404,
    ]),
    ['NOSUCH', 400],
    ['get', 400],
    // There is no proxy here: the connection is closed without a word.
    ['CONNECT', undefined],
  ])('answers %s /health/live with %s', async (method, status) => {
    const answer = await sendRaw(server.httpOrigin, request(`${method} /health/live HTTP/1.1`));
    expect(answer.status).toBe(status);
    expectSafe(answer);
  });

  it.each([
    ['8,000 characters', `/${'x'.repeat(8_000)}`, 404],
    ['20,000 characters', `/${'x'.repeat(20_000)}`, 431],
    ['half an escape', '/health/%E0%A4%A', 400],
    ['a way up', '/health/../../etc/passwd', 404],
    ['empty segments', '//health//live', 404],
    ['U+0000', '/health/live\0', 400],
    ['a space', '/health live', 400],
    ['a hostile query', '/health/live?__proto__[a]=1&constructor[prototype][a]=1&a[b][c][d][e][f]=1', 200],
    ['a socket but no upgrade', MESSAGING, 404],
  ])('answers an address with %s properly', async (_what, path, status) => {
    const answer = await sendRaw(server.httpOrigin, request(`GET ${path} HTTP/1.1`));
    expect(answer.status).toBe(status);
    expectSafe(answer);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a TLS greeting', Buffer.from('1603010200010001fc0303', 'hex'), 400],
    ['a version that there is not', request('GET /health/live HTTP/9.9'), 400],
    ['a header of 100,000 bytes', request('GET /health/live HTTP/1.1', { X: 'x'.repeat(100_000) }), 431],
    ['3,000 headers', request('GET /health/live HTTP/1.1', MANY_HEADERS), 431],
    ['a header with a space in its name', request('GET /health/live HTTP/1.1', { 'X Y': '1' }), 400],
    ['a header with U+0000', request('GET /health/live HTTP/1.1', { X: 'a\0b' }), 400],
    ['two lengths', post('0\r\n\r\n', { 'Transfer-Encoding': 'chunked' }), 400],
    ['a negative length', post('', { 'Content-Length': '-1' }), 400],
    ['an unknown expectation', post('{}', { Expect: 'a miracle' }), 400],
    ['a body that is not JSON', post('{"a'), 400],
    ['a body larger than a frame may be', post(JSON.stringify('x'.repeat(1_100_000))), 413],
    ['a body in an unknown encoding', post('{}', { 'Content-Encoding': 'x' }), 415],
    ['a body in an unknown character set', post('{}', { 'Content-Type': 'application/json; charset=x' }), 415],
    ['a body that claims to be compressed', post('{}', { 'Content-Encoding': 'gzip' }), 400],
    ['a body that nobody reads', post('{"a', {}, '/health/live'), 404],
  ])('answers a request with %s properly', async (_what, data, status) => {
    const answer = await sendRaw(server.httpOrigin, data);
    expect(answer.status).toBe(status);
    expectSafe(answer);
  });

  it.each([
    ['no key', upgrade({ 'Sec-WebSocket-Key': undefined }), 400],
    ['an empty key', upgrade({ 'Sec-WebSocket-Key': '' }), 400],
    ['a short key', upgrade({ 'Sec-WebSocket-Key': 'abc' }), 400],
    ['a key that is not base64', upgrade({ 'Sec-WebSocket-Key': '!'.repeat(24) }), 400],
    ['no version', upgrade({ 'Sec-WebSocket-Version': undefined }), 400],
    ['another version', upgrade({ 'Sec-WebSocket-Version': '12' }), 400],
    ['another protocol to upgrade to', upgrade({ Upgrade: 'h2c', Connection: 'Upgrade, close' }), 404],
    ['an empty subprotocol', upgrade({ 'Sec-WebSocket-Protocol': 'a,,b' }), 400],
    ['the same subprotocol twice', upgrade({ 'Sec-WebSocket-Protocol': 'a, a' }), 400],
    ['another method', upgrade({}, `POST ${MESSAGING} HTTP/1.1`), 400],
    ['HTTP/1.0', upgrade({}, `GET ${MESSAGING} HTTP/1.0`), 400],
    ['a foreign host in its address', upgrade({}, `GET http://elsewhere${MESSAGING} HTTP/1.1`), 404],
    ['a token that cannot be decoded', upgrade({}, 'GET /messaging?token=%E0%A4%A HTTP/1.1'), 401],
    ['a header of 100,000 bytes', upgrade({ Cookie: 'x'.repeat(100_000) }), 431],
    ['a token of 100,000 bytes', upgrade({}, `GET /messaging?token=${'x'.repeat(100_000)} HTTP/1.1`), 431],
  ])('refuses an upgrade with %s', async (_what, data, status) => {
    const answer = await sendRaw(server.httpOrigin, data);
    expect(answer.status).toBe(status);
    expectSafe(answer);
  });

  it('says which version of the protocol it speaks', async () => {
    const { headers } = await sendRaw(server.httpOrigin, upgrade({ 'Sec-WebSocket-Version': '25' }));
    expect(headers.get('sec-websocket-version')).toBe('13');
  });

  it.each([
    ['a frame without a mask', '810470696e67', 1002],
    ['a reserved bit', 'f18400000000d0c9ce07', 1002],
    ['an unknown kind of frame', '838400000000d0c9ce07', 1002],
    ['a length beyond 2^53', '81ffffffffffffffffff', 1009],
    ['a long control frame', '89fe00ff00000000', 1002],
    ['the end of a message that has not begun', '808400000000d0c9ce07', 1002],
    ['a close code that may not be sent', '88820000000003ed', 1002],
    ['a close code of one byte', '88810000000003', 1002],
    ['the body of a request', Buffer.from('hello').toString('hex'), 1002],
  ])('closes a socket that begins with %s', async (_what, hex, code) => {
    const { status, body } = await sendRaw(server.httpOrigin, upgradeThen(hex));
    expect(status).toBe(101);
    expect(Buffer.from(body.slice(-2), 'latin1').readUInt16BE()).toBe(code);
  });

  it.each([
    ['nothing', ''],
    ['half a request', 'GET /health/live HTTP/1.1\r\nHost: '],
    ['half a body', post('{"a":1}').slice(0, -1)],
    ['half an upgrade', upgrade().slice(0, -2)],
  ])('goes on while somebody has sent %s and waits, and when he goes', async (_what, data) => {
    const socket = await openRaw(server.httpOrigin);
    socket.write(data);
    expect((await fetch(`${server.httpOrigin}/health/ready`)).status).toBe(200);
    socket.resetAndDestroy();
    await once(socket, 'close');
  });
});

describe('Bad HTTP at the end', () => {
  it('does not keep a server from stopping', async () => {
    const server = await TestServer.start();
    const sockets = await Promise.all(
      ['', 'GET /health/live HTTP/1.1\r\n', post('{"a":1}').slice(0, -1), upgrade().slice(0, -2)].map(async (data) => {
        const socket = await openRaw(server.httpOrigin);
        socket.write(data);
        return socket;
      }),
    );
    // By now the server has read what was sent before.
    expect((await fetch(`${server.httpOrigin}/health/live`)).status).toBe(200);
    const closed = sockets.map((socket) => once(socket.resume(), 'close'));
    await server.stop();
    await Promise.all(closed);
  });
});

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { MessagingClient } from '../support/messaging-client.js';
import { ServerProcess, TestServer } from '../support/parlance.js';
import { inSeconds, signToken, signTokenWith, TEST_SECRET, unsignedToken } from '../support/tokens.js';
import { attemptUpgrade, type UpgradeAnswer, type UpgradeAttempt } from '../support/upgrade.js';

const TOKEN = signToken({ sub: 'User1' });
const BAD = signToken({ sub: 'User1' }, 'some other secret, as long as the right one is');

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const subprotocol = (token: string): string => `access_token.${token}`;
const inQuery = (token: string, path = '/messaging'): string => `${path}?token=${token}`;

describe('the upgrade', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start({ ALLOWED_ORIGINS: 'https://app.example.com,http://localhost:3000' });
  });

  afterAll(() => server.stop());

  const attempt = (how: UpgradeAttempt): Promise<UpgradeAnswer> => attemptUpgrade(server.httpOrigin, how);

  describe('where the token stands', () => {
    it.each<[string, UpgradeAttempt]>([
      ['in the header Authorization', { headers: bearer(TOKEN) }],
      ['in a subprotocol', { protocols: [subprotocol(TOKEN)] }],
      ['in the query', { path: inQuery(TOKEN) }],
    ])('is %s', async (_place, how) => {
      expect(await attempt(how)).toMatchObject({ status: 101 });
    });

    it.each<[string, UpgradeAttempt]>([
      ['the header before the others', { headers: bearer(BAD), protocols: [subprotocol(TOKEN)], path: inQuery(TOKEN) }],
      ['the header also when it is no bearer', { headers: { authorization: 'Basic VXNlcjE6' }, path: inQuery(TOKEN) }],
      ['the header also when it is empty', { headers: { authorization: '' }, path: inQuery(TOKEN) }],
      ['the subprotocol before the query', { protocols: [subprotocol(BAD)], path: inQuery(TOKEN) }],
      ['the subprotocol also when it is empty', { protocols: [subprotocol('')], path: inQuery(TOKEN) }],
    ])('counts in %s', async (_place, how) => {
      expect(await attempt(how)).toMatchObject({ status: 401 });
    });

    it.each<[string, UpgradeAttempt]>([
      ['the subprotocol', { headers: bearer(TOKEN), protocols: [subprotocol(BAD)] }],
      ['the query', { headers: bearer(TOKEN), path: inQuery(BAD) }],
    ])('is not looked for in %s once the header has one', async (_place, how) => {
      expect(await attempt(how)).toMatchObject({ status: 101 });
    });

    it('tells who connects', async () => {
      const how = { headers: bearer(signToken({ sub: 'ByHeader' })), protocols: [subprotocol(TOKEN), 'messaging.v1'] };
      const client = await MessagingClient.connect(server.origin, signToken({ sub: 'ByQuery' }), how);
      const { items } = await client.request<{ items: unknown[] }>('presence', { userIds: ['ByHeader', 'ByQuery'] });
      await client.close();

      expect(items).toMatchObject([{ status: 'online' }, { status: 'offline' }]);
    });
  });

  it.each(['x'.repeat(128), 'Zoë 🙂/?#', 'g_short', '0'])('lets in a user named %s', async (sub) => {
    expect(await attempt({ headers: bearer(signToken({ sub })) })).toMatchObject({ status: 101 });
  });

  describe('a token that does not hold', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });

    it.each<[string, string]>([
      ['is signed with another secret', BAD],
      ['has expired', signToken({ sub: 'User1', exp: inSeconds(-1) })],
      ['never expires', signToken({ sub: 'User1', exp: undefined })],
      ['is not valid yet', signToken({ sub: 'User1', nbf: inSeconds(3_600) })],
      ['says alg none', unsignedToken({ sub: 'User1' })],
      ['is signed with an algorithm that the key is not for', signTokenWith(rsa.privateKey, { sub: 'User1' })],
      ['names nobody', signToken({})],
      ['names the empty user', signToken({ sub: '' })],
      ['names a user with a number', signToken({ sub: 7 })],
      ['names a user of 129 characters', signToken({ sub: 'x'.repeat(129) })],
      ['names a user like a group', signToken({ sub: `g_${'a'.repeat(22)}` })],
      ['names a user like a channel', signToken({ sub: `c_${'a'.repeat(22)}` })],
      ['is no token', 'nonsense'],
      ['is empty', ''],
    ])('gets 401 where it %s', async (_fault, token) => {
      const answer = await attempt({ path: inQuery(encodeURIComponent(token)) });

      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.body)).toEqual({ code: 401, message: expect.any(String) as string });
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      if (token !== '') expect(JSON.stringify(answer)).not.toContain(token);
    });

    it('gets 401 where there is none', async () => {
      const answer = await attempt({});

      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    });

    it('stands in no log', async () => {
      const chatty = await ServerProcess.start(server.database.url, { LOG_LEVEL: 'trace' });
      const secrets = [TOKEN, BAD, 'nonsense-that-is-no-token'];
      for (const token of secrets) {
        await attemptUpgrade(chatty.httpOrigin, { path: inQuery(token) });
        await attemptUpgrade(chatty.httpOrigin, { headers: bearer(token) });
        await attemptUpgrade(chatty.httpOrigin, { protocols: [subprotocol(token)] });
        await fetch(`${chatty.httpOrigin}/nowhere?token=${token}`, { headers: bearer(token) });
      }
      await chatty.terminate();

      for (const token of secrets) expect(chatty.output()).not.toContain(token);
    });
  });

  describe('who else is refused', () => {
    it.each(['/', '/messagin', '/messaging/', '/messaging/more', '/Messaging', '/health/live', '/%6dessaging'])(
      'answers 404 for the path %s, whatever the token',
      async (path) => {
        const answer = await attempt({ path, headers: bearer(BAD) });

        expect(answer.status).toBe(404);
        expect(JSON.parse(answer.body)).toEqual({ code: 404, message: expect.any(String) as string });
      },
    );

    it.each(['https://evil.example.com', 'https://app.example.com.evil.com', 'http://app.example.com', 'null', 'x'])(
      'answers 403 to a page of %s',
      async (origin) => {
        const answer = await attempt({ headers: { ...bearer(BAD), origin } });

        expect(answer.status).toBe(403);
        expect(JSON.parse(answer.body)).toEqual({ code: 403, message: expect.any(String) as string });
      },
    );

    it.each(['https://app.example.com', 'http://localhost:3000'])('lets a page of %s in', async (origin) => {
      expect(await attempt({ headers: { ...bearer(TOKEN), origin } })).toMatchObject({ status: 101 });
    });

    it.each<[string, Record<string, string>]>([
      ['of another version', { 'sec-websocket-version': '12' }],
      ['without a key', { 'sec-websocket-key': '' }],
      ['with a key that is none', { 'sec-websocket-key': 'short' }],
    ])('answers 400 to an upgrade %s', async (_fault, headers) => {
      const answer = await attempt({ headers: { ...bearer(TOKEN), ...headers } });

      expect(answer.status).toBe(400);
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
    });

    it.each(['', 'x'.repeat(129), 'a\u0000b'])('answers 400 to a device named %j', async (device) => {
      const path = `/messaging?device=${encodeURIComponent(device)}`;
      const answer = await attempt({ path, headers: bearer(TOKEN) });

      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toEqual({ code: 400, message: expect.stringContaining('device') as string });
    });

    it('says nosniff and names no framework, whatever the refusal', async () => {
      const refusals = await Promise.all([
        attempt({}),
        attempt({ path: '/nowhere' }),
        attempt({ headers: { ...bearer(TOKEN), origin: 'https://evil.example.com' } }),
        attempt({ path: '/messaging?device=', headers: bearer(TOKEN) }),
      ]);

      expect(refusals.map(({ status }) => status)).toEqual([401, 404, 403, 400]);
      for (const { headers, body } of refusals) {
        expect(headers['x-content-type-options']).toBe('nosniff');
        expect(headers).not.toHaveProperty('x-powered-by');
        expect(JSON.stringify(headers) + body).not.toMatch(/nest|express|node/i);
      }
    });

    it('goes on answering when clients vanish in the middle of an upgrade', async () => {
      for (let count = 0; count < 20; count += 1) {
        const socket = new WebSocket(`${server.origin}${inQuery(TOKEN)}`);
        socket.on('error', () => undefined);
        socket.terminate();
      }
      expect(await attempt({ headers: bearer(TOKEN) })).toMatchObject({ status: 101 });
    });
  });

  describe('subprotocols', () => {
    it.each<[string, string[], string | undefined]>([
      ['nothing where none was offered', [], undefined],
      ["the token's where it is the only one", [subprotocol(TOKEN)], subprotocol(TOKEN)],
      ['the dialect', ['messaging.v1'], 'messaging.v1'],
      ['only the dialect where the token stands beside it', [subprotocol(TOKEN), 'messaging.v1'], 'messaging.v1'],
      ['the dialect among unknown ones', ['soap', 'messaging.v1', 'mqtt'], 'messaging.v1'],
      ['nothing of what it does not know', ['soap', 'mqtt'], undefined],
    ])('echoes %s', async (_what, protocols, echoed) => {
      const answer = await attempt({ protocols, path: inQuery(TOKEN) });

      expect(answer.status).toBe(101);
      expect(answer.headers['sec-websocket-protocol']).toBe(echoed);
    });

    it.each(['/messaging', '/ws', '/client'])('speaks messaging on %s where the client offers it', async (path) => {
      const client = await MessagingClient.connect(server.origin, TOKEN, { path, protocols: ['messaging.v1'] });
      await expect(client.request('presence', { userIds: ['User1'] })).resolves.toHaveProperty('items');
      await client.close();
    });
  });

  describe('a browser', () => {
    const looks = {
      origin: 'https://app.example.com',
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
      'accept-language': 'en-US,en;q=0.5',
      'accept-encoding': 'gzip, deflate, br, zstd',
      'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
      'sec-fetch-dest': 'websocket',
      'sec-fetch-mode': 'websocket',
      'sec-fetch-site': 'cross-site',
      'cache-control': 'no-cache',
      pragma: 'no-cache',
      cookie: 'session=of-another-application',
    };

    it('connects with its token as the only subprotocol', async () => {
      const answer = await attempt({ protocols: [subprotocol(TOKEN)], headers: looks });

      expect(answer.status).toBe(101);
      expect(answer.headers['sec-websocket-protocol']).toBe(subprotocol(TOKEN));
      expect(answer.headers).not.toHaveProperty('sec-websocket-extensions');
    });

    it('connects with a dialect and its token', async () => {
      const socket = new WebSocket(`${server.origin}/ws`, ['messaging.v1', subprotocol(TOKEN)], { headers: looks });
      await once(socket, 'open');

      expect(socket.protocol).toBe('messaging.v1');
      socket.close();
      await once(socket, 'close');
    });
  });
});

describe('the origin, where no ALLOWED_ORIGINS are named', () => {
  const origins = ['same', 'https://elsewhere.example.com'];

  async function statuses(env: Record<string, string>): Promise<number[]> {
    const server = await TestServer.startAlone(env);
    const answers = origins.map(async (origin) => {
      const page = origin === 'same' ? server.httpOrigin : origin;
      return (await attemptUpgrade(server.httpOrigin, { headers: { ...bearer(TOKEN), origin: page } })).status;
    });
    const result = await Promise.all(answers);
    await server.stop();
    return result;
  }

  it('is any in development', async () => {
    expect(await statuses({})).toEqual([101, 101]);
  });

  it('is that of the same host in production', async () => {
    expect(await statuses({ NODE_ENV: 'production', DRAIN_DELAY_S: '0', DRAIN_S: '0' })).toEqual([101, 403]);
  });
});

describe('the keys', () => {
  interface Issuer {
    readonly publicKey: KeyObject;
    sign(claims: Record<string, unknown>): string;
  }

  const issuer = (
    { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
    kid?: string,
  ): Issuer => ({
    publicKey,
    sign: (claims) => signTokenWith(privateKey, { sub: 'User1', ...claims }, { kid }),
  });
  const rsa = (kid?: string): Issuer => issuer(generateKeyPairSync('rsa', { modulusLength: 2_048 }), kid);
  const ec = (kid?: string): Issuer => issuer(generateKeyPairSync('ec', { namedCurve: 'P-256' }), kid);
  const pem = ({ publicKey }: Issuer): string => publicKey.export({ type: 'spki', format: 'pem' }).toString();

  let server: TestServer;
  afterEach(() => server.stop());

  async function statusOf(token: string): Promise<number> {
    return (await attemptUpgrade(server.httpOrigin, { headers: bearer(token) })).status;
  }

  it.each<[string, () => Issuer]>([
    ['RS256', rsa],
    ['ES256', ec],
  ])('take %s of JWT_PUBLIC_KEY and nothing else', async (_algorithm, make) => {
    const [mine, others] = [make(), make()];
    server = await TestServer.start({ JWT_SECRET: '', JWT_PUBLIC_KEY: pem(mine) });

    expect(await statusOf(mine.sign({}))).toBe(101);
    expect(await statusOf(others.sign({}))).toBe(401);
    // The classic: the public key, which everybody may know, taken for the secret of HS256.
    expect(await statusOf(signToken({ sub: 'User1' }, pem(mine)))).toBe(401);
    expect(await statusOf(signToken({ sub: 'User1' }, TEST_SECRET))).toBe(401);
  });

  it('of JWT_JWKS_URI may rotate', async () => {
    const [old, next] = [rsa('old'), ec('next')];
    const jwk = ({ publicKey }: Issuer, kid: string): object => ({ ...publicKey.export({ format: 'jwk' }), kid });
    let published = [jwk(old, 'old')];
    const publisher = createServer((_request, response) => response.end(JSON.stringify({ keys: published })));
    publisher.listen(0, '127.0.0.1');
    await once(publisher, 'listening');
    const { port } = publisher.address() as AddressInfo;
    server = await TestServer.start({ JWT_SECRET: '', JWT_JWKS_URI: `http://127.0.0.1:${port}/keys` });

    expect(await statusOf(old.sign({}))).toBe(101);
    published = [jwk(next, 'next')];
    expect(await statusOf(next.sign({}))).toBe(101);
    expect(await statusOf(old.sign({}))).toBe(401);
    expect(await statusOf(rsa('unknown').sign({}))).toBe(401);

    publisher.close();
    publisher.closeAllConnections();
  });

  it('are not enough without JWT_ISSUER and JWT_AUDIENCE where those are set', async () => {
    server = await TestServer.start({ JWT_ISSUER: 'https://id.example.com', JWT_AUDIENCE: 'chat' });
    const sign = (claims: object): string => signToken({ sub: 'User1', ...claims });

    expect(await statusOf(sign({ iss: 'https://id.example.com', aud: 'chat' }))).toBe(101);
    expect(await statusOf(sign({ iss: 'https://id.example.com', aud: ['mail', 'chat'] }))).toBe(101);
    expect(await statusOf(sign({ iss: 'https://id.example.com' }))).toBe(401);
    expect(await statusOf(sign({ iss: 'https://id.example.com', aud: 'mail' }))).toBe(401);
    expect(await statusOf(sign({ iss: 'https://other.example.com', aud: 'chat' }))).toBe(401);
    expect(await statusOf(sign({ aud: 'chat' }))).toBe(401);
  });
});

import { PASSWORD, register } from '../support/accounts.js';
import { freshUsers } from '../support/fresh-users.js';
import type { JsonObject } from '../support/fixtures.js';
import { TestServer } from '../support/parlance.js';
import { RestClient } from '../support/rest-client.js';
import { signToken } from '../support/tokens.js';

/** As one proxy writes it, and two. */
const ONE = { 'x-forwarded-for': '203.0.113.7' };
const TWO = { 'x-forwarded-for': '6.6.6.6, 203.0.113.7, 10.1.2.3' };

const PATHS = [
  ['messaging', (server: TestServer) => server.connect.bind(server)],
  ['concord', (server: TestServer) => server.connectConcord.bind(server)],
  ['realtime', (server: TestServer) => server.connectRealtime.bind(server)],
] as const;

const operatorOf = (server: TestServer): RestClient =>
  new RestClient(server.httpOrigin, signToken({ sub: 'Operator', roles: ['admin'] }), '/admin');

async function addressesOf(server: TestServer, user: string): Promise<unknown[]> {
  const answer = await operatorOf(server).get<{ items: JsonObject[] }>(`/connections?user=${encodeURIComponent(user)}`);
  return answer.body.items.map(({ address }) => address);
}

/** The status of an attempt to sign in that comes through a proxy. */
async function signIn(
  server: TestServer,
  username: string,
  password: string,
  headers: Record<string, string>,
): Promise<number> {
  return (await server.rest().ask('POST', '/tokens', { username, password }, headers)).status;
}

/** Whom the audit names for what `headers` say. */
async function audited(server: TestServer, headers: Record<string, string>): Promise<unknown> {
  const operator = operatorOf(server);
  const [victim] = freshUsers('Victim');
  await server.connect(victim);
  const { status } = await operator.ask(
    'POST',
    `/users/${encodeURIComponent(victim)}/ban`,
    { reason: 'a test' },
    headers,
  );
  expect(status).toBeLessThan(300);
  const { body } = await operator.get<{ items: JsonObject[] }>('/audit?limit=1');
  return body.items[0]?.address;
}

describe('TRUSTED_PROXIES', () => {
  let server: TestServer;
  let ann: string;

  describe('that name the other end', () => {
    beforeAll(async () => {
      server = await TestServer.start({ TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8', SIGN_IN_FAILURES_PER_ADDRESS: '3' });
    });

    afterAll(() => server.stop());

    beforeEach(() => {
      [ann] = freshUsers('Ann');
    });

    it.each(PATHS)('are believed at the upgrade: %s', async (_dialect, connect) => {
      await connect(server)(ann, { headers: ONE });
      expect(await addressesOf(server, ann)).toEqual(['203.0.113.7']);
    });

    it('are believed in a chain, up to the last address that is none of them', async () => {
      await server.connect(ann, { headers: TWO });
      expect(await addressesOf(server, ann)).toEqual(['203.0.113.7']);
    });

    it('may name addresses of IPv6, and mapped ones', async () => {
      await server.connect(ann, { headers: { 'x-forwarded-for': '2001:db8::5' }, query: { device: 'six' } });
      await server.connect(ann, { headers: { 'x-forwarded-for': '::ffff:203.0.113.8' }, query: { device: 'mapped' } });
      expect((await addressesOf(server, ann)).sort()).toEqual(['2001:db8::5', '203.0.113.8']);
    });

    it('stand for what they write where it is no address', async () => {
      await server.connect(ann, { headers: { 'x-forwarded-for': '203.0.113.7, <b>' } });
      expect(await addressesOf(server, ann)).toEqual(['127.0.0.1']);
    });

    it('are believed in the audit', async () => {
      expect(await audited(server, TWO)).toBe('203.0.113.7');
    });

    it('are believed of who has failed to sign in, and nobody else waits for it', async () => {
      await register(server, ann);
      const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });
      for (let failed = 0; failed < 3; failed += 1) {
        expect(await signIn(server, `nobody ${failed}`, 'wrong', from('198.51.100.1'))).toBe(400);
      }
      expect(await signIn(server, ann, PASSWORD, from('198.51.100.1'))).toBe(429);
      // What the client writes before it does not make it another.
      expect(await signIn(server, ann, PASSWORD, from('198.51.100.77, 198.51.100.1'))).toBe(429);
      expect(await signIn(server, ann, PASSWORD, from('198.51.100.2'))).toBe(200);
    });

    it('say by X-Forwarded-Proto that it was reached over TLS', async () => {
      const hsts = async (proto: string): Promise<boolean> => {
        const { headers } = await fetch(`${server.httpOrigin}/health/live`, {
          headers: { 'x-forwarded-proto': proto },
        });
        return headers.has('strict-transport-security');
      };
      expect([await hsts('https'), await hsts('http')]).toEqual([true, false]);
    });
  });

  describe('that do not name it', () => {
    beforeAll(async () => {
      server = await TestServer.start({ TRUSTED_PROXIES: '10.0.0.0/8' });
    });

    afterAll(() => server.stop());

    beforeEach(() => {
      [ann] = freshUsers('Ann');
    });

    it.each(PATHS)('leave the address of the connection: %s', async (_dialect, connect) => {
      await connect(server)(ann, { headers: TWO });
      expect(await addressesOf(server, ann)).toEqual(['127.0.0.1']);
    });

    it('leave it in the audit too', async () => {
      expect(await audited(server, ONE)).toBe('127.0.0.1');
    });

    it('make X-Forwarded-Proto nobody’s word', async () => {
      const { headers } = await fetch(`${server.httpOrigin}/health/live`, {
        headers: { 'x-forwarded-proto': 'https' },
      });
      expect(headers.has('strict-transport-security')).toBe(false);
    });
  });
});

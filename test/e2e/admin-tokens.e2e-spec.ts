import { generateKeyPairSync } from 'node:crypto';
import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import type { JsonObject } from '../support/fixtures.js';
import { freshUsers } from '../support/fresh-users.js';
import { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { RestClient } from '../support/rest-client.js';
import { queried } from '../support/queried.js';
import { type Listener, RunningFanOut } from '../support/running-fan-out.js';
import { inSeconds, signToken, signTokenWith } from '../support/tokens.js';
import { attemptUpgrade } from '../support/upgrade.js';

interface Issued extends JsonObject {
  readonly token: string;
  readonly expiresAt: number;
}

describe('tokens by operators', () => {
  let server: TestServer;
  let admin: DocumentedRestClient;
  let ann: string;
  let ben: string;
  let cat: string;

  beforeAll(async () => {
    server = await TestServer.start();
    admin = (await DocumentedRest.over(server)).asOperator();
  });

  afterAll(() => server.stop());

  beforeEach(() => {
    [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');
  });

  const issue = (userId: string, wishes: JsonObject = {}) => admin.post<Issued>(`/users/${userId}/tokens`, wishes);
  const revoke = (userId: string) => admin.delete(`/users/${userId}/tokens`);
  const withToken = (token: string) => new RestClient(server.httpOrigin, token);
  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as JsonObject;

  describe('POST /admin/users/:id/tokens', () => {
    it('makes one that works, for a user who was not there', async () => {
      const { status, body } = await issue(ann);
      expect(status).toBe(201);
      expect(await withToken(body.token).get('/self')).toMatchObject({ status: 200, body: { username: ann } });
      expect((await admin.get(`/users/${ann}`)).status).toBe(200);
    });

    it('needs no body', async () => {
      const [ann] = freshUsers('Ann');
      expect((await admin.ask('POST', `/users/${ann}/tokens`)).status).toBe(201);
    });

    it('lets it say what is asked for', async () => {
      const topics = { subscribe: ['news.*'], publish: [] };
      const wishes = { name: 'Ann A.', device: 'phone', roles: ['admin'], topics, expiresInS: 60 };
      const { body } = await issue(ann, wishes);
      const { expiresInS: _, ...said } = wishes;
      expect(claimsOf(body.token)).toMatchObject({ sub: ann, ...said, exp: body.expiresAt / 1_000 });
      expect(body.expiresAt - Date.now()).toBeGreaterThan(50_000);
      expect(body.expiresAt - Date.now()).toBeLessThanOrEqual(60_000);
    });

    it.each([
      ['name', 'x'.repeat(257)],
      ['device', 7],
      ['roles', 'admin'],
      ['roles', [1]],
      ['topics', { subscribe: ['a'] }],
      ['topics', ['a']],
      ['expiresInS', 0],
      ['expiresInS', 1.5],
    ])('refuses a bad %s: %j', async (field, value) => {
      expect(await issue(ann, { [field]: value })).toMatchObject({ status: 400, body: { code: 400, field } });
    });

    it.each(['erased', 'g_0123456789abcdefABC-_Z', 'x'.repeat(129)])(
      'makes none for %s, whom nobody can be',
      async (userId) => {
        expect(await issue(userId)).toMatchObject({ status: 404, body: { code: 404 } });
      },
    );

    it('stands in the audit without the token, and is done again with the same key', async () => {
      const headers = { 'Idempotency-Key': ann };
      const path = `/users/${ann}/tokens`;
      const [first, second] = [
        await admin.ask<Issued>('POST', path, {}, headers),
        await admin.ask<Issued>('POST', path, {}, headers),
      ];
      expect([first.status, second.status]).toEqual([201, 201]);
      const rows = await queried(server.database, 'select * from audit where subject = $1', [ann]);
      expect(rows).toHaveLength(2);
      for (const { body } of [first, second]) expect(JSON.stringify(rows)).not.toContain(body.token.split('.')[2]);
    });

    it('answers 404 where tokens come from elsewhere', async () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
      const other = await TestServer.start({ JWT_SECRET: '', JWT_PUBLIC_KEY: pem });
      try {
        const token = signTokenWith(privateKey, { sub: 'Operator', roles: ['admin'] });
        const answer = await new RestClient(other.httpOrigin, token, '/admin').post('/users/Ann/tokens', {});
        expect(answer).toMatchObject({ status: 404, body: { code: 404 } });
      } finally {
        await other.stop();
      }
    });
  });

  describe('DELETE /admin/users/:id/tokens', () => {
    const codesOf = (listener: Listener) =>
      Promise.all(
        Object.values(listener).map(({ closed }: Listener[keyof Listener]) => closed.then(({ code }) => code)),
      );

    it('closes all connections in the middle of a fan-out, and others miss nothing', async () => {
      const fanOut = await RunningFanOut.over(server, cat, [ann, ben]);
      const [revoked, other] = [
        await fanOut.listen(server, ann, { iat: inSeconds(-5) }),
        await fanOut.listen(server, ben),
      ];
      fanOut.start();
      await fanOut.another(20);

      expect((await revoke(ann)).status).toBe(204);
      const answeredAt = Date.now();
      expect(await codesOf(revoked)).toEqual([4401, 4401, 4401]);
      expect(Date.now() - answeredAt).toBeLessThan(1_000);
      const had = fanOut.numbersAt(revoked);
      await fanOut.another(50);

      const sent = await fanOut.stop();
      await fanOut.hasAll(other, sent);
      const all = Array.from({ length: sent }, (_, n) => n);
      for (const numbers of Object.values(fanOut.numbersAt(other))) {
        expect([...numbers].sort((a, b) => a - b)).toEqual(all);
      }
      expect(fanOut.numbersAt(revoked)).toEqual(had);
    });

    it('refuses those that were issued so far, also one that was never used, and takes later ones', async () => {
      const { body: unused } = await issue(ann);
      const foreign = signToken({ sub: ann, iat: inSeconds(-1) });
      expect((await revoke(ann)).status).toBe(204);

      for (const token of [unused.token, foreign]) {
        expect((await withToken(token).get('/self')).status).toBe(401);
        expect((await attemptUpgrade(server.httpOrigin, { path: `/ws?token=${token}` })).status).toBe(401);
      }
      const { body: later } = await issue(ann);
      const client = await MessagingClient.connect(server.origin, later.token);
      await client.close();
      expect((await withToken(signToken({ sub: ann, iat: inSeconds(2) })).get('/self')).status).toBe(200);
    });

    it('leaves the tokens of others alone', async () => {
      const [{ body: mine }] = [await issue(ben), await issue(ann)];
      await revoke(ann);
      expect((await withToken(mine.token).get('/self')).status).toBe(200);
    });
  });
});

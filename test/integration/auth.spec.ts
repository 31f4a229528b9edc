import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Authenticator } from '../../src/auth/authenticator.js';
import { JwtStrategy } from '../../src/auth/jwt-strategy.js';
import { openKeys } from '../../src/auth/open-keys.js';
import { readConfig } from '../../src/config/read-config.js';
import { type RawEnv } from '../../src/config/env.js';
import { UnauthorizedError, UnavailableError } from '../../src/domain/errors.js';
import type { Principal } from '../../src/domain/principal.js';
import type { TokenStanding } from '../../src/domain/token-standing.js';
import { inSeconds, signTextWith, signToken, signTokenWith, TEST_SECRET, unsignedToken } from '../support/tokens.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const secret = createSecretKey(TEST_SECRET, 'utf8');
const ecPem = ec.publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** Every token counts. */
const anyStanding: TokenStanding = { admit: () => Promise.resolve() };

async function authenticatorFor(env: RawEnv, standing = anyStanding): Promise<Authenticator> {
  const config = readConfig(env);
  return new Authenticator(new JwtStrategy(await openKeys(config, Date), config), standing);
}

const databaseAway: TokenStanding = { admit: () => Promise.reject(new UnavailableError('the database is away')) };

describe('Authenticator', () => {
  describe('admit', () => {
    const request = { headers: { authorization: `Bearer ${signToken({ sub: 'User1' })}` } };

    it('asks whether the token still counts', async () => {
      const asked: Principal[] = [];
      const standing = { admit: async (principal: Principal) => void asked.push(principal) };
      const authenticator = await authenticatorFor({ JWT_SECRET: TEST_SECRET }, standing);
      const principal = await authenticator.admit(request);
      expect(asked).toEqual([principal]);
    });

    it('lets nobody in while that cannot be told', async () => {
      const authenticator = await authenticatorFor({ JWT_SECRET: TEST_SECRET }, databaseAway);
      await expect(authenticator.admit(request)).rejects.toThrow(UnavailableError);
    });
  });

  describe('authenticate', () => {
    let authenticator: Authenticator;
    const good = signToken({ sub: 'User1' });
    const other = signToken({ sub: 'User2' });

    beforeAll(async () => {
      authenticator = await authenticatorFor({ JWT_SECRET: TEST_SECRET });
    });

    it.each([
      ['the header', { headers: { authorization: `Bearer ${good}` } }],
      ['the subprotocol', { headers: { 'sec-websocket-protocol': `messaging.v1, access_token.${good}` } }],
      ['the query', { headers: {}, url: `/messaging?token=${good}` }],
      [
        'the first of the three',
        {
          headers: { authorization: `Bearer ${good}`, 'sec-websocket-protocol': `access_token.${other}` },
          url: `/?token=${other}`,
        },
      ],
    ])('takes the token from %s', async (_where, request) => {
      await expect(authenticator.authenticate(request)).resolves.toMatchObject({ userId: 'User1' });
    });

    it.each([
      ['no token', { headers: {}, url: '/messaging' }],
      ['a bad header beside a good query', { headers: { authorization: 'Basic eDp5' }, url: `/?token=${good}` }],
      [
        'a bad subprotocol beside a good query',
        { headers: { 'sec-websocket-protocol': 'access_token.x' }, url: `/?token=${good}` },
      ],
    ])('refuses %s', async (_what, request) => {
      await expect(authenticator.authenticate(request)).rejects.toThrow(UnauthorizedError);
    });

    it('keeps requests that run at the same time apart', async () => {
      const users = Array.from({ length: 50 }, (_, index) => `User${index}`);
      const principals = await Promise.all(users.map((sub) => authenticator.verify(signToken({ sub }))));
      expect(principals.map(({ userId }) => userId)).toEqual(users);
    });
  });

  describe('verify', () => {
    it('tells the principal', async () => {
      const exp = inSeconds(60);
      const claims = { sub: 'User1', name: 'Ann', device: 'phone', roles: ['admin'], exp, nbf: inSeconds(0) };
      const authenticator = await authenticatorFor({ JWT_SECRET: TEST_SECRET });
      await expect(authenticator.verify(signToken(claims))).resolves.toEqual({
        userId: 'User1',
        name: 'Ann',
        device: 'phone',
        roles: ['admin'],
        expiresAt: exp * 1_000,
        token: {},
      });
    });

    it('refuses a token that was revoked', async () => {
      const revoked = { admit: () => Promise.reject(new UnauthorizedError('the token was revoked')) };
      const authenticator = await authenticatorFor({ JWT_SECRET: TEST_SECRET }, revoked);
      await expect(authenticator.verify(signToken({ sub: 'User1' }))).rejects.toThrow('was revoked');
    });

    it('takes a token while the database is away', async () => {
      const authenticator = await authenticatorFor({ JWT_SECRET: TEST_SECRET }, databaseAway);
      await expect(authenticator.verify(signToken({ sub: 'User1' }))).resolves.toMatchObject({ userId: 'User1' });
    });

    it('takes what was made here whatever issuer is demanded', async () => {
      const env = { JWT_SECRET: TEST_SECRET, JWT_ISSUER: 'https://id.example', JWT_PUBLIC_KEY: rsaPem };
      const authenticator = await authenticatorFor(env);
      const claims = { sub: 'User1', iss: 'parlance', ver: 2 };
      await expect(authenticator.verify(signToken(claims))).resolves.toMatchObject({ token: { version: 2 } });
      await expect(authenticator.verify(signTokenWith(rsa.privateKey, claims))).rejects.toThrow('another issuer');
    });

    it('believes no version in a token that an outside issuer has signed', async () => {
      const authenticator = await authenticatorFor({ JWT_SECRET: TEST_SECRET, JWT_PUBLIC_KEY: rsaPem });
      const token = signTokenWith(rsa.privateKey, { sub: 'User1', iss: 'parlance', ver: 2, iat: 1 });
      expect((await authenticator.verify(token)).token).toEqual({ issuedAt: 1 });
    });

    it.each([
      ['that has expired', signToken({ sub: 'User1', exp: inSeconds(0) }), 'has expired'],
      ['that is not valid yet', signToken({ sub: 'User1', nbf: inSeconds(60) }), 'not valid yet'],
      ['without exp', signToken({ sub: 'User1', exp: undefined }), 'claim exp'],
      ['whose exp is text', signToken({ sub: 'User1', exp: '9999999999' }), 'claim exp'],
      ['whose nbf is text', signToken({ sub: 'User1', nbf: '0' }), 'claim nbf'],
      ['without sub', signToken({}), 'claim sub'],
      ['whose sub is too long', signToken({ sub: 'u'.repeat(129) }), 'claim sub'],
      ["whose sub looks like a group's id", signToken({ sub: 'g_0123456789abcdefABC-_Z' }), 'claim sub'],
      ['whose sub holds NUL', signToken({ sub: 'User\0' }), 'claim sub'],
      ['of another secret', signToken({ sub: 'User1' }, 'another secret'), 'signature'],
      ['with its signature cut off', signToken({ sub: 'User1' }).replace(/[^.]+$/, ''), 'malformed'],
      ['without signature, alg none', unsignedToken({ sub: 'User1' }), 'algorithm'],
      ['with HS512', signTokenWith(secret, { sub: 'User1' }, { alg: 'HS512' }), 'algorithm'],
      ['of another kind of key', signTokenWith(rsa.privateKey, { sub: 'User1' }), 'algorithm'],
      ['of no form', 'no token', 'no token'],
      ['of nothing', '', 'no token'],
      ['with a claims part that is no JSON', signTextWith(secret, '{"sub":"User1'), 'malformed'],
      ['with null for claims', signTextWith(secret, 'null'), 'malformed'],
    ])('refuses a token %s, and does not repeat it', async (_what, token, text) => {
      const authenticator = await authenticatorFor({ JWT_SECRET: TEST_SECRET });
      const error = await authenticator.verify(token).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UnauthorizedError);
      expect(error).toHaveProperty('message', expect.stringContaining(text));
      expect(error).not.toHaveProperty('cause');
      for (const part of token.split('.')) {
        if (part.length > 8) expect(String(error)).not.toContain(part);
      }
    });

    it.each([
      ['RS256', rsaPem, rsa.privateKey],
      ['ES256', ecPem, ec.privateKey],
    ])('checks %s with JWT_PUBLIC_KEY', async (_algorithm, pem, privateKey) => {
      const authenticator = await authenticatorFor({ JWT_PUBLIC_KEY: pem });
      await expect(authenticator.verify(signTokenWith(privateKey, { sub: 'User1' }))).resolves.toBeDefined();
    });

    it.each([
      ['RSA', rsaPem, ec.privateKey],
      ['EC', ecPem, rsa.privateKey],
    ])('refuses a token of the other kind where the public key is %s', async (_kind, pem, otherKey) => {
      const authenticator = await authenticatorFor({ JWT_PUBLIC_KEY: pem });
      await expect(authenticator.verify(signTokenWith(otherKey, { sub: 'User1' }))).rejects.toThrow('algorithm');
    });

    it.each([rsaPem, rsaPem.trim()])('refuses HS256 signed with the public key as the secret', async (pem) => {
      const token = signToken({ sub: 'admin', roles: ['admin'] }, pem);
      const outsideOnly = await authenticatorFor({ JWT_PUBLIC_KEY: rsaPem });
      const both = await authenticatorFor({ JWT_PUBLIC_KEY: rsaPem, JWT_SECRET: TEST_SECRET });
      await expect(outsideOnly.verify(token)).rejects.toThrow('algorithm');
      await expect(both.verify(token)).rejects.toThrow('signature');
    });

    it("chooses among several keys by the token's algorithm", async () => {
      const authenticator = await authenticatorFor({ JWT_PUBLIC_KEY: ecPem, JWT_SECRET: TEST_SECRET });
      await expect(authenticator.verify(signToken({ sub: 'User1' }))).resolves.toBeDefined();
      await expect(authenticator.verify(signTokenWith(ec.privateKey, { sub: 'User1' }))).resolves.toBeDefined();
    });

    it('demands the issuer and the audience that are configured', async () => {
      const env = { JWT_SECRET: TEST_SECRET, JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'chat' };
      const authenticator = await authenticatorFor(env);
      const claims = { sub: 'User1', iss: 'https://id.example', aud: ['mail', 'chat'] };
      await expect(authenticator.verify(signToken(claims))).resolves.toBeDefined();
      await expect(authenticator.verify(signToken({ ...claims, iss: undefined }))).rejects.toThrow('another issuer');
      await expect(authenticator.verify(signToken({ ...claims, iss: 'https://evil' }))).rejects.toThrow(
        'another issuer',
      );
      await expect(authenticator.verify(signToken({ ...claims, aud: 'mail' }))).rejects.toThrow('another audience');
      await expect(authenticator.verify(signToken({ ...claims, aud: undefined }))).rejects.toThrow('another audience');
    });

    it('asks neither where none is configured', async () => {
      const authenticator = await authenticatorFor({ JWT_SECRET: TEST_SECRET });
      await expect(authenticator.verify(signToken({ sub: 'User1', iss: 'a', aud: 'b' }))).resolves.toBeDefined();
    });

    it('checks with the development key where none is configured', async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'parlance-'));
      try {
        const authenticator = await authenticatorFor({ DATA_DIR: dataDir });
        const secret = await readFile(join(dataDir, 'jwt-secret'), 'utf8');
        await expect(authenticator.verify(signToken({ sub: 'User1' }, secret))).resolves.toBeDefined();
        await expect(authenticator.verify(signToken({ sub: 'User1' }))).rejects.toThrow('signature');
      } finally {
        await rm(dataDir, { recursive: true });
      }
    });
  });
});

describe('readConfig', () => {
  it('refuses a start with a bad public key, by name', () => {
    expect(() => readConfig({ JWT_PUBLIC_KEY: rsaPem.replace('MII', 'XXX') })).toThrow('JWT_PUBLIC_KEY');
  });
});

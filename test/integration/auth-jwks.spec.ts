import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { Logger } from '@nestjs/common';

import { Authenticator } from '../../src/auth/authenticator.js';
import { JwtStrategy } from '../../src/auth/jwt-strategy.js';
import { openKeys } from '../../src/auth/open-keys.js';
import { readConfig } from '../../src/config/read-config.js';
import { UnauthorizedError, UnavailableError } from '../../src/domain/errors.js';
import { signToken, signTokenWith, TEST_SECRET } from '../support/tokens.js';

const MINUTE_MS = 60_000;

interface IssuerKey {
  readonly jwk: Readonly<Record<string, unknown>>;
  sign(userId: string): string;
}

function issuerKey(kid: string | undefined, pair: { publicKey: KeyObject; privateKey: KeyObject }): IssuerKey {
  return {
    jwk: { ...pair.publicKey.export({ format: 'jwk' }), use: 'sig', kid },
    sign: (sub) => signTokenWith(pair.privateKey, { sub }, { kid }),
  };
}

function rsaKey(kid?: string): IssuerKey {
  return issuerKey(kid, generateKeyPairSync('rsa', { modulusLength: 2_048 }));
}

function ecKey(kid?: string): IssuerKey {
  return issuerKey(kid, generateKeyPairSync('ec', { namedCurve: 'P-256' }));
}

/** An issuer with an address where its keys stand. */
class TestIssuer {
  published: readonly IssuerKey['jwk'][] = [];
  status = 200;
  fetches = 0;
  private readonly server: Server = createServer((_request, response) => {
    this.fetches += 1;
    response.writeHead(this.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: this.published }));
  });

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks.json`;
  }

  publish(...keys: readonly IssuerKey[]): void {
    this.published = keys.map(({ jwk }) => jwk);
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

describe('JwksKeys', () => {
  let issuer: TestIssuer;
  let authenticator: Authenticator;
  let now: number;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    issuer = new TestIssuer();
    now = Date.now();
    const config = readConfig({ JWT_JWKS_URI: await issuer.start(), JWT_SECRET: TEST_SECRET });
    authenticator = new Authenticator(new JwtStrategy(await openKeys(config, { now: () => now }), config), {
      admit: () => Promise.resolve(),
    });
  });

  afterEach(() => issuer.stop());

  async function accepts(token: string): Promise<boolean> {
    return authenticator.verify(token).then(
      () => true,
      (error: unknown) => {
        if (error instanceof UnauthorizedError) return false;
        throw error;
      },
    );
  }

  it('checks RS256 and ES256 with the published keys, fetched once', async () => {
    const [rsa, ec] = [rsaKey('a'), ecKey('b')];
    issuer.publish(rsa, ec);
    const verdicts = await Promise.all([rsa.sign('User1'), ec.sign('User1'), rsa.sign('User2')].map(accepts));
    expect(verdicts).toEqual([true, true, true]);
    expect(issuer.fetches).toBe(1);
  });

  it('accepts a new key as soon as a token names it, and the withdrawn one no more', async () => {
    const [old, next] = [rsaKey('old'), rsaKey('new')];
    issuer.publish(old);
    expect(await accepts(old.sign('User1'))).toBe(true);

    issuer.publish(next);
    expect(await accepts(next.sign('User1'))).toBe(true);
    expect(await accepts(old.sign('User1'))).toBe(false);
  });

  it('sees a withdrawal after ten minutes where nothing new appears', async () => {
    const [old, kept] = [rsaKey('old'), rsaKey('kept')];
    issuer.publish(old, kept);
    expect(await accepts(old.sign('User1'))).toBe(true);

    issuer.publish(kept);
    now += 9 * MINUTE_MS;
    expect(await accepts(old.sign('User1'))).toBe(true);
    now += 2 * MINUTE_MS;
    expect(await accepts(old.sign('User1'))).toBe(false);
  });

  it('accepts nothing more when all keys are withdrawn', async () => {
    const key = ecKey('a');
    issuer.publish(key);
    expect(await accepts(key.sign('User1'))).toBe(true);
    issuer.publish();
    now += 11 * MINUTE_MS;
    expect(await accepts(key.sign('User1'))).toBe(false);
  });

  it('refuses a token whose key id belongs to another key', async () => {
    issuer.publish(rsaKey('a'));
    expect(await accepts(rsaKey('a').sign('User1'))).toBe(false);
    expect(await accepts(ecKey('a').sign('User1'))).toBe(false);
  });

  it('takes a token without key id only where one key can be meant', async () => {
    const rsa = rsaKey();
    issuer.publish(rsa, ecKey('b'));
    expect(await accepts(rsa.sign('User1'))).toBe(true);

    issuer.publish(rsa, rsaKey());
    now += 11 * MINUTE_MS;
    expect(await accepts(rsa.sign('User1'))).toBe(false);
  });

  it('uses no published key for what it is not for', async () => {
    const [encrypting, other] = [rsaKey('a'), rsaKey('b')];
    issuer.published = [
      { ...encrypting.jwk, use: 'enc' },
      { ...other.jwk, alg: 'RS512' },
      { kty: 'oct', k: 'c2VjcmV0' },
    ];
    expect(await accepts(encrypting.sign('User1'))).toBe(false);
    expect(await accepts(other.sign('User1'))).toBe(false);
  });

  it('accepts tokens of JWT_SECRET beside it, without a fetch', async () => {
    expect(await accepts(signToken({ sub: 'User1' }))).toBe(true);
    expect(issuer.fetches).toBe(0);
  });

  it('fetches no more than ten times a minute for key ids that do not exist', async () => {
    const key = rsaKey('a');
    issuer.publish(key);
    for (let index = 0; index < 15; index += 1) expect(await accepts(ecKey(`none${index}`).sign('User1'))).toBe(false);
    expect(issuer.fetches).toBe(10);
    expect(await accepts(key.sign('User1'))).toBe(true);

    now += MINUTE_MS;
    const next = rsaKey('b');
    issuer.publish(key, next);
    expect(await accepts(next.sign('User1'))).toBe(true);
  });

  describe('while the issuer cannot be reached', () => {
    it('is unavailable for keys that it does not know', async () => {
      issuer.status = 500;
      await expect(authenticator.verify(rsaKey('a').sign('User1'))).rejects.toThrow(UnavailableError);
      await issuer.stop();
      await expect(authenticator.verify(rsaKey('a').sign('User1'))).rejects.toThrow(UnavailableError);
    });

    it('goes on with the keys that it knows for a day', async () => {
      const key = rsaKey('a');
      issuer.publish(key);
      expect(await accepts(key.sign('User1'))).toBe(true);
      await issuer.stop();

      now += 23 * 60 * MINUTE_MS;
      expect(await accepts(key.sign('User1'))).toBe(true);
      now += 2 * 60 * MINUTE_MS;
      await expect(authenticator.verify(key.sign('User1'))).rejects.toThrow(UnavailableError);
    });

    it('does not ask again for half a minute where a known key will do', async () => {
      const key = rsaKey('a');
      issuer.publish(key);
      expect(await accepts(key.sign('User1'))).toBe(true);
      issuer.status = 503;
      now += 11 * MINUTE_MS;
      for (let index = 0; index < 3; index += 1) expect(await accepts(key.sign('User1'))).toBe(true);
      expect(issuer.fetches).toBe(2);

      issuer.status = 200;
      now += MINUTE_MS;
      expect(await accepts(key.sign('User1'))).toBe(true);
      expect(issuer.fetches).toBe(3);
    });
  });
});

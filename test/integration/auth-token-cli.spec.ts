import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Authenticator } from '../../src/auth/authenticator.js';
import { JwtStrategy } from '../../src/auth/jwt-strategy.js';
import { openKeys } from '../../src/auth/open-keys.js';
import { makeToken } from '../../src/cli/token.js';
import { type RawEnv } from '../../src/config/env.js';
import { readConfig } from '../../src/config/read-config.js';
import { type Principal } from '../../src/domain/principal.js';
import { TEST_SECRET } from '../support/tokens.js';

const DAY_MS = 86_400_000;
const outsideKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const outsidePem = outsideKey.export({ type: 'spki', format: 'pem' }).toString();

/** What a server with the same environment makes of the token that the arguments give. */
async function principalFor(args: readonly string[], env: RawEnv): Promise<Principal> {
  const config = readConfig(env);
  const token = await makeToken(args, config);
  const standing = { admit: () => Promise.resolve() };
  return new Authenticator(new JwtStrategy(await openKeys(config, Date), config), standing).verify(token);
}

describe('npm run token', () => {
  const env: RawEnv = { JWT_SECRET: TEST_SECRET };

  it('makes a token that works for 30 days', async () => {
    const { userId, expiresAt } = await principalFor(['User1'], env);
    expect(userId).toBe('User1');
    expect(Math.abs(expiresAt - Date.now() - 30 * DAY_MS)).toBeLessThan(10_000);
  });

  it('says all that it is told', async () => {
    const args = [
      '--role',
      'admin',
      '--role',
      'auditor',
      'User1',
      '--name',
      'Ann',
      '--device',
      'phone',
      '--expires',
      '2h',
    ];
    const principal = await principalFor(args, env);
    expect(principal).toMatchObject({ userId: 'User1', name: 'Ann', device: 'phone', roles: ['admin', 'auditor'] });
    expect(Math.abs(principal.expiresAt - Date.now() - DAY_MS / 12)).toBeLessThan(10_000);
  });

  it('works where the server demands an issuer and an audience', async () => {
    const demanding = { ...env, JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'chat' };
    await expect(principalFor(['User1'], demanding)).resolves.toMatchObject({ userId: 'User1' });
  });

  it('signs with JWT_SECRET where an outside key is configured too', async () => {
    await expect(principalFor(['User1'], { ...env, JWT_PUBLIC_KEY: outsidePem })).resolves.toBeDefined();
  });

  it('signs with the development key, also when it comes before the server', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'parlance-'));
    try {
      await expect(principalFor(['User1'], { DATA_DIR: dataDir })).resolves.toMatchObject({ userId: 'User1' });
    } finally {
      await rm(dataDir, { recursive: true });
    }
  });

  it('says plainly that it cannot sign for an outside issuer', async () => {
    await expect(principalFor(['User1'], { JWT_PUBLIC_KEY: outsidePem })).rejects.toThrow('without JWT_SECRET');
  });

  it.each([
    ['no user', [], 'Usage'],
    ['two users', ['User1', 'User2'], 'Usage'],
    ['an unknown option', ['User1', '--admin'], '--admin'],
    ['a time without unit', ['User1', '--expires', '30'], 'is no time'],
    ['no time at all', ['User1', '--expires', '0d'], 'is no time'],
    ['a user id that no server takes', ['u'.repeat(129)], 'claim sub'],
  ])('refuses %s', async (_what, args, text) => {
    await expect(principalFor(args, env)).rejects.toThrow(text);
  });
});

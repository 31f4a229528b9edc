import { createSecretKey, generateKeyPairSync } from 'node:crypto';

import { signTokenWith, unsignedToken } from '../../test/support/tokens.js';
import { FixedKey, Keys } from './keys.js';

const secret = createSecretKey('a secret of the tests', 'utf8');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const claims = { sub: 'User1' };

describe('FixedKey', () => {
  it('takes its algorithm from the kind of the key', () => {
    const keys = [secret, rsa.publicKey, ec.publicKey].map((key) => new FixedKey(key));
    expect(keys.flatMap((key) => key.algorithms)).toEqual(['HS256', 'RS256', 'ES256']);
  });

  it('refuses a key that no token may be signed with', () => {
    expect(() => new FixedKey(generateKeyPairSync('ed25519').publicKey)).toThrow('the key must be');
    expect(() => new FixedKey(generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey)).toThrow('2048 bits');
    expect(() => new FixedKey(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)).toThrow('P-256');
  });
});

describe('Keys', () => {
  const keys = new Keys([new FixedKey(secret), new FixedKey(ec.publicKey)]);

  it("finds the key by the token's algorithm", async () => {
    await expect(keys.keyFor(signTokenWith(secret, claims))).resolves.toBe(secret);
    await expect(keys.keyFor(signTokenWith(ec.privateKey, claims))).resolves.toBe(ec.publicKey);
  });

  it.each([
    ['none', unsignedToken(claims)],
    ['an algorithm without a key', signTokenWith(rsa.privateKey, claims)],
    ['a longer hash', signTokenWith(secret, claims, { alg: 'HS512' })],
    ["an object's own word", signTokenWith(secret, claims, { alg: 'constructor' })],
  ])('refuses %s', async (_what, token) => {
    await expect(keys.keyFor(token)).rejects.toThrow("the token's algorithm is not accepted");
  });

  it.each([
    ['no algorithm', signTokenWith(secret, claims, { alg: undefined })],
    ['a key id that is no text', signTokenWith(secret, claims, { kid: 1 })],
    ['an extension that must be understood', signTokenWith(secret, claims, { crit: ['b64'] })],
    ['a header that is no object', `${Buffer.from('null').toString('base64url')}.e30.x`],
    ['a header that is no JSON', 'e.e.e'],
    ['nothing', ''],
  ])('refuses a token with %s', async (_what, token) => {
    await expect(keys.keyFor(token)).rejects.toThrow('the token is malformed');
  });
});

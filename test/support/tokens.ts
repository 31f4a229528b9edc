import { createHmac, createSecretKey, type KeyObject, sign } from 'node:crypto';

/** What test servers are given as `JWT_SECRET`. */
export const TEST_SECRET = 'a secret that only the tests know, longer than 32 bytes';

/** `sub` and whatever else, also what no honest issuer writes. */
export type TestClaims = Readonly<Record<string, unknown>>;

const HOUR_S = 3_600;

/** A token that `secret` signed with HS256, good for an hour unless `exp` (seconds) says otherwise. */
export function signToken(claims: TestClaims, secret: string = TEST_SECRET): string {
  return signTokenWith(createSecretKey(secret, 'utf8'), claims);
}

/** The same with any key; `header` overrides what fits the key. */
export function signTokenWith(key: KeyObject, claims: TestClaims, header: TestClaims = {}): string {
  return signTextWith(key, textOf(claims), header);
}

/**
 * Signs whatever text stands for the claims. Made by hand and not by the library that the server checks with, so that a
 * token can also be wrong.
 */
export function signTextWith(key: KeyObject, claims: string, header: TestClaims = {}): string {
  const signed = `${encode(JSON.stringify({ alg: algorithmFor(key), typ: 'JWT', ...header }))}.${encode(claims)}`;
  return `${signed}.${signature(key, signed).toString('base64url')}`;
}

/** A token that says `alg: none`. */
export function unsignedToken(claims: TestClaims): string {
  return `${encode('{"alg":"none","typ":"JWT"}')}.${encode(textOf(claims))}.`;
}

/** A time for `exp` and its like. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds;
}

function textOf(claims: TestClaims): string {
  return JSON.stringify({ exp: inSeconds(HOUR_S), ...claims });
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function algorithmFor(key: KeyObject): string {
  if (key.type === 'secret') return 'HS256';
  return key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
}

function signature(key: KeyObject, text: string): Buffer {
  if (key.type === 'secret') return createHmac('sha256', key).update(text).digest();
  return sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
}

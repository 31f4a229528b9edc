import { UnauthorizedError } from '../domain/errors.js';
import { ERASED_USER, isStorableText, isUserId } from '../domain/ids.js';
import type { Principal, TokenAge, TopicPermissions } from '../domain/principal.js';

/** `iss` of tokens made here. */
export const OWN_ISSUER = 'parlance';

/** In UTF-16 units: names go out with every message. */
const MAX_NAME_LENGTH = 256;
/** In UTF-16 units: a device name is part of a primary key. */
const MAX_DEVICE_LENGTH = 128;
/** What PostgreSQL calls an integer ends there. */
const MAX_VERSION = 2 ** 31 - 1;

type Claims = Readonly<Record<string, unknown>>;

/**
 * What the claims of a token say, once its signature has been checked.
 *
 * @param isSignedHere with this server's own secret; of any other token it is not believed that it was made here
 * @throws UnauthorizedError naming the first claim that is missing or of a wrong kind
 */
export function principalOf(claims: unknown, isSignedHere = false): Principal {
  if (!isClaims(claims)) throw new UnauthorizedError('the token carries no claims');
  return {
    userId: userId(claims),
    name: label(claims, 'name', MAX_NAME_LENGTH),
    device: label(claims, 'device', MAX_DEVICE_LENGTH),
    roles: strings(claims, 'roles'),
    topics: topics(claims),
    expiresAt: expiresAt(claims),
    token: tokenAge(claims, isSignedHere),
  };
}

/** Who made the token, as it says itself. */
export function issuerOf(claims: unknown): unknown {
  return isClaims(claims) ? claims.iss : undefined;
}

function userId({ sub }: Claims): string {
  if (typeof sub !== 'string' || !isUserId(sub) || sub === ERASED_USER) throw badClaim('sub');
  return sub;
}

/** An empty one counts as absent: issuers send those for users who have not given any. */
function label(claims: Claims, claim: string, maxLength: number): string | undefined {
  const text = claims[claim] ?? '';
  if (typeof text !== 'string' || text.length > maxLength || !isStorableText(text)) throw badClaim(claim);
  return text === '' ? undefined : text;
}

function strings(claims: Claims, claim: string, path = claim): readonly string[] {
  const list = claims[claim] ?? [];
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) throw badClaim(path);
  return list;
}

function topics({ topics }: Claims): TopicPermissions | undefined {
  if (topics === undefined) return undefined;
  if (!isClaims(topics)) throw badClaim('topics');
  return {
    subscribe: strings(topics, 'subscribe', 'topics.subscribe'),
    publish: strings(topics, 'publish', 'topics.publish'),
  };
}

/** The claim is in seconds and may have decimals (RFC 7519, section 2). */
function expiresAt({ exp }: Claims): number {
  if (typeof exp !== 'number') throw badClaim('exp');
  const at = Math.floor(exp * 1_000);
  if (!Number.isSafeInteger(at)) throw badClaim('exp');
  return at;
}

function tokenAge(claims: Claims, isSignedHere: boolean): TokenAge {
  const isMadeHere = isSignedHere && issuerOf(claims) === OWN_ISSUER;
  return { version: isMadeHere ? version(claims) : undefined, issuedAt: issuedAt(claims) };
}

function version({ ver }: Claims): number | undefined {
  if (ver === undefined) return undefined;
  if (!Number.isInteger(ver) || Number(ver) < 0 || Number(ver) > MAX_VERSION) throw badClaim('ver');
  return Number(ver);
}

/** One of a wrong kind counts as absent: it only decides whether a token is older than a revoking, and then it is. */
function issuedAt({ iat }: Claims): number | undefined {
  const at = typeof iat === 'number' ? Math.floor(iat) : Number.NaN;
  return Number.isSafeInteger(at) ? at : undefined;
}

function isClaims(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function badClaim(claim: string): UnauthorizedError {
  return new UnauthorizedError(`the token's claim ${claim} is missing or of a wrong kind`);
}

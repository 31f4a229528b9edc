import type { KeyObject } from 'node:crypto';

export type Algorithm = 'HS256' | 'RS256' | 'ES256';

/** RFC 7518, section 3.3. */
const MIN_RSA_BITS = 2_048;

/**
 * The one algorithm that a key is for; a token that names another is refused, whatever its signature says.
 *
 * @returns `undefined` for a key that no token may be signed with
 */
export function algorithmOf(key: KeyObject): Algorithm | undefined {
  if (key.type === 'secret') return 'HS256';
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= MIN_RSA_BITS) return 'RS256';
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256';
  return undefined;
}

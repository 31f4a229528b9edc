import { createSecretKey, type KeyObject } from 'node:crypto';

import type { Config } from '../config/config.js';
import { developmentSecret } from './development-secret.js';

/**
 * The HS256 secret that tokens are made and checked with: the configured one, or in development the one that is kept
 * in the data directory. As a key object: with a string every check of a token takes ten times as long.
 *
 * @returns `undefined` where tokens are an outside issuer's affair
 */
export async function signingSecret({ auth, server, database }: Config): Promise<KeyObject | undefined> {
  if (auth.secret !== undefined) return secretKey(auth.secret);
  const hasOutsideIssuer = auth.publicKey !== undefined || auth.jwksUri !== undefined;
  if (hasOutsideIssuer || !server.development) return undefined;
  return secretKey(await developmentSecret(database.dataDir));
}

function secretKey(text: string): KeyObject {
  return createSecretKey(text, 'utf8');
}

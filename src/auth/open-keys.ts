import { createPublicKey } from 'node:crypto';

import type { Config } from '../config/config.js';
import type { Clock } from '../domain/clock.js';
import { JwksKeys } from './jwks-keys.js';
import { FixedKey, type KeySource, Keys } from './keys.js';
import { signingSecret } from './signing-secret.js';

/** All keys that the configuration names. */
export async function openKeys(config: Config, clock: Clock): Promise<Keys> {
  const { publicKey, jwksUri } = config.auth;
  const sources: KeySource[] = [];
  const secret = await signingSecret(config);
  if (secret) sources.push(new FixedKey(secret));
  if (publicKey !== undefined) sources.push(new FixedKey(createPublicKey(publicKey)));
  if (jwksUri !== undefined) sources.push(new JwksKeys(jwksUri, clock));
  return new Keys(sources);
}

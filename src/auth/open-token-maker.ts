import type { Config } from '../config/config.js';
import type { Clock } from '../domain/clock.js';
import type { TokenMaker } from '../domain/token-maker.js';
import { signingSecret } from './signing-secret.js';
import { TokenIssuer } from './token-issuer.js';

/** What makes tokens where this server has a secret to sign them with. */
export async function openTokenMaker(config: Config, clock: Clock): Promise<TokenMaker> {
  const secret = await signingSecret(config);
  return secret ? new TokenIssuer(secret, config.auth, clock) : elsewhere;
}

const elsewhere: TokenMaker = {
  isHere: false,
  make: () => {
    throw new Error('there is no secret to sign a token with');
  },
};

import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { type SecretOrKeyProvider, Strategy } from 'passport-jwt';

import { Config } from '../config/config.js';
import type { Principal } from '../domain/principal.js';
import { principalOf } from './claims.js';
import { Keys } from './keys.js';
import { type TokenCarrier, tokenOf } from './token-source.js';

/** Checks the token of a request, an upgrade's as well as REST's, where it is what `AuthGuard('jwt')` runs. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(keys: Keys, { auth }: Config) {
    super({
      jwtFromRequest: (request: TokenCarrier) => tokenOf(request) ?? null,
      secretOrKeyProvider: providerOf(keys),
      algorithms: [...keys.algorithms],
      issuer: auth.issuer,
      audience: auth.audience,
    });
  }

  validate(claims: unknown): Principal {
    return principalOf(claims);
  }
}

function providerOf(keys: Keys): SecretOrKeyProvider<TokenCarrier> {
  return (_request, token: string, done) => {
    keys
      .keyFor(token)
      // The declared type is older than key objects, which jsonwebtoken takes as they are.
      .then((key) => {
        done(null, key as unknown as Buffer);
      })
      // Also what is thrown while the signature is checked: nobody above would catch it.
      .catch(done);
  };
}

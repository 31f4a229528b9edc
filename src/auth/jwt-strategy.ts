import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { type SecretOrKeyProvider, Strategy } from 'passport-jwt';

import { Config } from '../config/config.js';
import { UnauthorizedError } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import type { Algorithm } from './algorithm.js';
import { issuerOf, OWN_ISSUER, principalOf } from './claims.js';
import { Keys } from './keys.js';
import { headerOf } from './token-header.js';
import { type TokenCarrier, tokenOf } from './token-source.js';

/** Our own secret is the only key for it: outside issuers' keys are public ones. */
const OWN_ALGORITHM: Algorithm = 'HS256';

/** Checks the token of a request, an upgrade's as well as REST's, where it is what `AuthGuard('jwt')` runs. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  private readonly issuer?: string;

  constructor(keys: Keys, { auth }: Config) {
    super({
      jwtFromRequest: (request: TokenCarrier) => tokenOf(request) ?? null,
      secretOrKeyProvider: providerOf(keys),
      algorithms: [...keys.algorithms],
      audience: auth.audience,
      passReqToCallback: true,
    });
    this.issuer = auth.issuer;
  }

  /** The signature is good. */
  validate(request: TokenCarrier, claims: unknown): Principal {
    const isSignedHere = headerOf(tokenOf(request) ?? '').alg === OWN_ALGORITHM;
    this.requireIssuer(claims, isSignedHere);
    return principalOf(claims, isSignedHere);
  }

  /** What was made here is good whatever other issuer is demanded. */
  private requireIssuer(claims: unknown, isSignedHere: boolean): void {
    const issuer = issuerOf(claims);
    if (this.issuer === undefined || (isSignedHere && issuer === OWN_ISSUER)) return;
    if (issuer !== this.issuer) throw new UnauthorizedError('the token is of another issuer');
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

import type { KeyObject } from 'node:crypto';

import { JwtService } from '@nestjs/jwt';

import type { AuthConfig } from '../config/config.js';
import type { Clock } from '../domain/clock.js';
import type { TokenGrant, TokenMaker } from '../domain/token-maker.js';
import { OWN_ISSUER, principalOf } from './claims.js';

/** Makes tokens with the secret that this server checks them with. */
export class TokenIssuer implements TokenMaker {
  readonly isHere = true;

  private readonly jwt: JwtService;

  constructor(
    secret: KeyObject,
    private readonly auth: Pick<AuthConfig, 'audience'>,
    private readonly clock: Clock,
  ) {
    this.jwt = new JwtService({ secret, signOptions: { algorithm: 'HS256' } });
  }

  make({ userId, name, device, roles, topics, version, lifeMs }: TokenGrant): string {
    const now = this.clock.now();
    const claims = {
      sub: userId,
      name,
      device,
      roles,
      topics,
      ver: version,
      iss: OWN_ISSUER,
      aud: this.auth.audience,
      iat: Math.floor(now / 1_000),
      exp: Math.floor((now + lifeMs) / 1_000),
    };
    principalOf(claims, true);
    return this.jwt.sign(claims);
  }
}

import type { KeyObject } from 'node:crypto';

import { JwtService } from '@nestjs/jwt';

import type { AuthConfig } from '../config/config.js';
import type { Clock } from '../domain/clock.js';
import { principalOf } from './claims.js';

/** `iss` of tokens made here where no issuer is demanded. */
const DEFAULT_ISSUER = 'parlance';

/** What a token is to say. */
export interface TokenGrant {
  readonly userId: string;
  readonly name?: string;
  readonly device?: string;
  readonly roles?: readonly string[];
  /** How long the token is good; whole seconds count. */
  readonly lifeMs: number;
}

/** Makes tokens that this server accepts. */
export class TokenIssuer {
  private readonly jwt: JwtService;

  constructor(
    secret: KeyObject,
    private readonly auth: Pick<AuthConfig, 'issuer' | 'audience'>,
    private readonly clock: Clock,
  ) {
    this.jwt = new JwtService({ secret, signOptions: { algorithm: 'HS256' } });
  }

  /** @throws UnauthorizedError for a grant that the server would not accept */
  issue({ userId, name, device, roles, lifeMs }: TokenGrant): string {
    const now = this.clock.now();
    const claims = {
      sub: userId,
      name,
      device,
      roles,
      iss: this.auth.issuer ?? DEFAULT_ISSUER,
      aud: this.auth.audience,
      iat: Math.floor(now / 1_000),
      exp: Math.floor((now + lifeMs) / 1_000),
    };
    principalOf(claims);
    return this.jwt.sign(claims);
  }
}

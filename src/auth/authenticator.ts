import { Injectable } from '@nestjs/common';

import { UnavailableError } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import { TokenStanding } from '../domain/token-standing.js';
import { JwtStrategy } from './jwt-strategy.js';
import { refusal } from './refusal.js';
import type { TokenCarrier } from './token-source.js';

/** The ways in which a passport strategy ends; they are put on a copy of it, one for each request. */
interface Attempt {
  success: (principal: Principal) => void;
  fail: (reason: unknown) => void;
  error: (error: unknown) => void;
  authenticate: (request: TokenCarrier) => void;
}

/** Tells who asks. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly strategy: JwtStrategy,
    private readonly standing: TokenStanding,
  ) {}

  /**
   * Checks the token that a request or an upgrade carries. Whether it was revoked is not asked: an upgrade does not wait for the
   * database, and its device is told when it connects.
   *
   * @throws UnauthorizedError there is none, or a bad one; the text never contains it
   * @throws UnavailableError the issuer's keys cannot be fetched and none that is known fits
   */
  authenticate(request: TokenCarrier): Promise<Principal> {
    return new Promise((resolve, reject) => {
      const attempt = Object.create(this.strategy) as Attempt;
      attempt.success = resolve;
      attempt.fail = (reason) => {
        reject(refusal(reason));
      };
      attempt.error = reject;
      attempt.authenticate(request);
    });
  }

  /**
   * The same, and the token still counts; its user exists from now on.
   *
   * @throws as `authenticate` does, UnauthorizedError for a token that was revoked, UnavailableError while the database is away
   */
  async admit(request: TokenCarrier): Promise<Principal> {
    const principal = await this.authenticate(request);
    await this.standing.admit(principal);
    return principal;
  }

  /**
   * The same for a token that renews another, in a frame. While the database is away one counts that may have been revoked: a
   * connection must not end because of that.
   */
  async verify(token: string): Promise<Principal> {
    const principal = await this.authenticate({ headers: { authorization: `Bearer ${token}` } });
    await this.standing.admit(principal).catch(unlessUnavailable);
    return principal;
  }
}

function unlessUnavailable(error: unknown): void {
  if (!(error instanceof UnavailableError)) throw error;
}

import { Injectable } from '@nestjs/common';

import type { Principal } from '../domain/principal.js';
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
  constructor(private readonly strategy: JwtStrategy) {}

  /**
   * Checks the token that a request or an upgrade carries.
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

  /** The same for a token that came some other way, for example in a frame. Throws as `authenticate` does. */
  verify(token: string): Promise<Principal> {
    return this.authenticate({ headers: { authorization: `Bearer ${token}` } });
  }
}

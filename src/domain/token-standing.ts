import type { Principal } from './principal.js';

/** Tells of tokens whether they still count. The users service's, for whoever checks tokens. */
export abstract class TokenStanding {
  /**
   * The token's user exists from now on.
   *
   * @throws UnauthorizedError the token was revoked
   * @throws ForbiddenError its user is banned; `details.until` says until when, where that is not for good
   * @throws UnavailableError the database is away
   */
  abstract admit(principal: Principal): Promise<void>;
}

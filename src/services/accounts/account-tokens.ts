import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { bannedError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { TokenMaker } from '../../domain/token-maker.js';
import { type Account, AccountsRepository } from './accounts.repository.js';
import { revoked } from './revoked.js';

/** Makes the tokens that users are given for a password, or for another token. */
@Injectable()
export class AccountTokens {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly tokens: TokenMaker,
    private readonly config: Config,
  ) {}

  /** Else accounts, and tokens, are an outside issuer's affair. */
  get areMadeHere(): boolean {
    return this.tokens.isHere;
  }

  /** @throws ForbiddenError the user is banned */
  tokenFor({ userId, name, tokenVersion, isBanned, bannedUntil }: Account): string {
    if (isBanned) throw bannedError(bannedUntil);
    return this.make({ userId, name }, tokenVersion);
  }

  /** Another token that says the same, for as long as a new one is good. */
  async tokenLike(principal: Principal): Promise<string> {
    const version = await this.accounts.tokenVersion(principal);
    if (version === undefined) throw revoked();
    return this.make(principal, version);
  }

  private make(
    { userId, name, device, roles, topics }: Pick<Principal, 'userId'> & Partial<Principal>,
    version: number,
  ): string {
    return this.tokens.make({ userId, name, device, roles, topics, version, lifeMs: this.config.auth.tokenTtlMs });
  }
}

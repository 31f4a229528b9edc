import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';
import { DomainEvents } from '../../domain/domain-events.js';
import { NotFoundError } from '../../domain/errors.js';
import { ERASED_USER, isUserId } from '../../domain/ids.js';
import { type TokenGrant, TokenMaker } from '../../domain/token-maker.js';
import { AccountsRepository } from './accounts.repository.js';

/** What else a token is to say of its user. */
export type TokenWishes = Pick<TokenGrant, 'name' | 'device' | 'roles' | 'topics'> & {
  /** How long it is good; absent: as long as one that is given for a password. */
  readonly lifeMs?: number;
};

export interface IssuedToken {
  readonly token: string;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** Tokens as operators give and take them. */
@Injectable()
export class UserTokensService {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly tokens: TokenMaker,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly events: DomainEvents,
  ) {}

  /** Makes a token for the user, who exists from now on. @throws NotFoundError tokens come from elsewhere; nobody can be this user */
  async issue(userId: string, { lifeMs = this.config.auth.tokenTtlMs, ...wishes }: TokenWishes): Promise<IssuedToken> {
    if (!this.tokens.isHere) throw new NotFoundError('no tokens are made here: they come from elsewhere');
    if (!isUserId(userId) || userId === ERASED_USER) throw unknownUser();
    const version = await this.accounts.versionFor(userId, this.clock.now());
    const token = this.tokens.make({ ...wishes, userId, version, lifeMs });
    return { token, expiresAt: expiryOf(token) };
  }

  /** None that the user has counts any more, wherever it was made; their connections are closed. @throws NotFoundError no such user */
  async revoke(userId: string): Promise<void> {
    const issuedUpTo = Math.floor(this.clock.now() / 1_000);
    const version = await this.accounts.revokeTokens(userId, issuedUpTo);
    if (version === undefined) throw unknownUser();
    this.events.emit('tokensRevoked', { userId, version, issuedUpTo });
  }
}

/** As the token itself says it, in whole seconds. */
function expiryOf(token: string): number {
  const [, claims = ''] = token.split('.');
  const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number };
  return exp * 1_000;
}

function unknownUser(): NotFoundError {
  return new NotFoundError('unknown user');
}

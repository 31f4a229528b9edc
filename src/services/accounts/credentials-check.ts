import { Injectable } from '@nestjs/common';

import { Clock } from '../../domain/clock.js';
import { BadRequestError } from '../../domain/errors.js';
import { isUserId } from '../../domain/ids.js';
import { type Account, AccountsRepository } from './accounts.repository.js';
import { PasswordHashes } from './password-hashes.js';
import type { Credentials } from './registration.service.js';
import { SignInThrottle } from './sign-in-throttle.js';

/** Tells whose name and password these are, and nothing else: what is wrong with them is not told, nor by the time it takes. */
@Injectable()
export class CredentialsCheck {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly hashes: PasswordHashes,
    private readonly throttle: SignInThrottle,
    private readonly clock: Clock,
  ) {}

  /**
   * @param address who asks, as far as the network tells
   * @throws BadRequestError they are nobody's; RateLimitedError too many were not; UnavailableError too much to do
   */
  async accountFor({ username, password }: Credentials, address: string): Promise<Account> {
    this.throttle.check(username, address);
    const account = isUserId(username) ? await this.accounts.find(username, this.clock.now()) : undefined;
    // Counted in its turn, and not while it waits: right ones that come all at once don't count against each other.
    const matches = await this.hashes.matches(password, account?.passwordHash, () => {
      return this.throttle.begin(username, address);
    });
    if (!account || !matches) throw new BadRequestError('the name or the password is wrong');
    return account;
  }
}

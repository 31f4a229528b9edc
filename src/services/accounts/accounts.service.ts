import { Injectable } from '@nestjs/common';

import { NotFoundError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { AccountTokens } from './account-tokens.js';
import { CredentialsCheck } from './credentials-check.js';
import { PasswordsService } from './passwords.service.js';
import { type Credentials, RegistrationService } from './registration.service.js';

/**
 * Accounts: users that have a password, for which they get tokens. A user is the same whether it has one or not. Where tokens are
 * an outside issuer's affair accounts are too, and all of this throws NotFoundError.
 */
@Injectable()
export class AccountsService {
  constructor(
    private readonly registration: RegistrationService,
    private readonly credentials: CredentialsCheck,
    private readonly passwords: PasswordsService,
    private readonly tokens: AccountTokens,
  ) {}

  get isHere(): boolean {
    return this.tokens.areMadeHere;
  }

  /**
   * @param asker whose token came along; needed for a name that is a user's already
   * @returns the user's number
   */
  async register(credentials: Credentials, asker?: Principal): Promise<{ id: number; username: string }> {
    this.requireHere();
    return this.registration.register(credentials, asker);
  }

  /** @param address who asks, as far as the network tells: too many failures from one are refused */
  async signIn(credentials: Credentials, address: string): Promise<{ token: string }> {
    this.requireHere();
    return { token: this.tokens.tokenFor(await this.credentials.accountFor(credentials, address)) };
  }

  /** Another token with the same name, device, roles and topics as the one that asks. */
  async recycle(principal: Principal): Promise<{ token: string }> {
    this.requireHere();
    return { token: await this.tokens.tokenLike(principal) };
  }

  /** Ends all of the user's tokens. */
  async changePassword(principal: Principal, { newPassword }: { readonly newPassword: string }): Promise<void> {
    this.requireHere();
    await this.passwords.change(principal, newPassword);
  }

  private requireHere(): void {
    if (!this.isHere) throw new NotFoundError('there are no accounts here: tokens come from elsewhere');
  }
}

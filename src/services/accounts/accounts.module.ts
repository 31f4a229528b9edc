import { Module } from '@nestjs/common';

import { UsersModule } from '../users/users.module.js';
import { AccountTokens } from './account-tokens.js';
import { AccountsRepository } from './accounts.repository.js';
import { AccountsService } from './accounts.service.js';
import { CredentialsCheck } from './credentials-check.js';
import { PasswordHashes } from './password-hashes.js';
import { PasswordsService } from './passwords.service.js';
import { RegistrationService } from './registration.service.js';
import { SignInThrottle } from './sign-in-throttle.js';
import { UserTokensService } from './user-tokens.service.js';

/** Accounts: names, passwords, and the tokens that are given for them. */
@Module({
  imports: [UsersModule],
  providers: [
    AccountsRepository,
    PasswordHashes,
    SignInThrottle,
    CredentialsCheck,
    RegistrationService,
    PasswordsService,
    AccountTokens,
    AccountsService,
    UserTokensService,
  ],
  exports: [AccountsService, UserTokensService],
})
export class AccountsModule {}

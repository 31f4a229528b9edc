import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';
import { DomainEvents } from '../../domain/domain-events.js';
import type { Principal } from '../../domain/principal.js';
import { AccountsRepository } from './accounts.repository.js';
import { PasswordHashes } from './password-hashes.js';
import { requirePassword } from './require-password.js';
import { requireUnbound } from './require-unbound.js';
import { revoked } from './revoked.js';

/** Changes passwords. */
@Injectable()
export class PasswordsService {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly hashes: PasswordHashes,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly events: DomainEvents,
  ) {}

  /** All tokens of the user end by it, the one that asks too. Whoever had no password has one from now on. */
  async change(principal: Principal, newPassword: string): Promise<void> {
    requireUnbound(principal);
    requirePassword(newPassword, this.config.users.minPasswordLength, 'payload.newPassword');
    const hash = await this.hashes.make(newPassword);
    const issuedUpTo = Math.floor(this.clock.now() / 1_000);
    const version = await this.accounts.changePassword(principal, hash, issuedUpTo);
    if (version === undefined) throw revoked();
    this.events.emit('tokensRevoked', { userId: principal.userId, version, issuedUpTo });
  }
}

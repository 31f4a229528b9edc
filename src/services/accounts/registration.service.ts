import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';
import { DomainEvents } from '../../domain/domain-events.js';
import { BadRequestError, ConflictError, ForbiddenError } from '../../domain/errors.js';
import { ERASED_USER, isUserId, MAX_USER_ID_LENGTH } from '../../domain/ids.js';
import type { Principal } from '../../domain/principal.js';
import { ConnectedUsers } from '../users/connected-users.js';
import { type Account, AccountsRepository } from './accounts.repository.js';
import { PasswordHashes } from './password-hashes.js';
import { requirePassword } from './require-password.js';
import { requireUnbound } from './require-unbound.js';

const USERNAME = 'payload.username';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Gives users passwords: strangers ones of names that nobody has, users their own. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly hashes: PasswordHashes,
    private readonly connected: ConnectedUsers,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly events: DomainEvents,
  ) {}

  async register({ username, password }: Credentials, asker?: Principal): Promise<{ id: number; username: string }> {
    const { registration, minPasswordLength } = this.config.users;
    if (registration === 'closed') throw new ForbiddenError('registration is closed');
    if (!isUserId(username)) throw BadRequestError.at(USERNAME, `a name has 1 to ${MAX_USER_ID_LENGTH} characters`);
    if (username === ERASED_USER) throw BadRequestError.at(USERNAME, 'the name is taken');
    requirePassword(password, minPasswordLength, 'payload.password');

    const byItself = asker?.userId === username;
    // Spares the hashing; what counts is asked again when the row is written.
    const known = await this.accounts.find(username, this.clock.now());
    if (known && (known.passwordHash !== undefined || !byItself)) throw refusal(known);
    if (byItself) requireUnbound(asker);
    const hash = await this.hashes.make(password);
    // A token that has just connected names its user before the row is there.
    if (!byItself && this.connected.has(username)) throw refusal();
    const registered = await this.accounts.register(username, hash, byItself, this.clock.now());
    if (!registered) throw refusal(await this.accounts.find(username, this.clock.now()));

    const { userNumber, hasJoined } = registered;
    if (hasJoined) this.events.emit('userJoined', { userId: username, userNumber });
    return { id: userNumber, username };
  }
}

function refusal(known?: Account): BadRequestError | ConflictError {
  if (known?.passwordHash !== undefined) return BadRequestError.at(USERNAME, 'the name is taken');
  return new ConflictError("the name is a user's, whose own token is needed to register it", { field: USERNAME });
}

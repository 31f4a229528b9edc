import { Injectable } from '@nestjs/common';

import { Clock } from '../../domain/clock.js';
import { DomainEvents } from '../../domain/domain-events.js';
import { bannedError, UnauthorizedError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import type { TokenStanding } from '../../domain/token-standing.js';
import { UsersRepository } from './users.repository.js';

/** Asks the database each time: of a revoking or a ban on another server nothing is known here. */
@Injectable()
export class UserStanding implements TokenStanding {
  constructor(
    private readonly users: UsersRepository,
    private readonly clock: Clock,
    private readonly events: DomainEvents,
  ) {}

  async admit(principal: Principal): Promise<void> {
    const seen = await this.users.see(principal, this.clock.now());
    const { isRevoked, isBanned, bannedUntil, hasJoined, userNumber } = seen;
    if (isRevoked) throw new UnauthorizedError('the token was revoked');
    if (isBanned) throw bannedError(bannedUntil);
    if (hasJoined) this.events.emit('userJoined', { userId: principal.userId, userNumber });
  }
}

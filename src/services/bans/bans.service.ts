import { Injectable } from '@nestjs/common';

import { Clock } from '../../domain/clock.js';
import { DomainEvents } from '../../domain/domain-events.js';
import { BadRequestError, NotFoundError } from '../../domain/errors.js';
import { BansRepository } from './bans.repository.js';

export interface BanPlan {
  /** For operators: the user is not told. */
  readonly reason: string;
  /** ms since the epoch; absent: for good. */
  readonly until?: number;
}

/** Keeps users out. What others write to them is kept for them meanwhile. */
@Injectable()
export class BansService {
  constructor(
    private readonly bans: BansRepository,
    private readonly clock: Clock,
    private readonly events: DomainEvents,
  ) {}

  /**
   * From now on no connection of the user is opened, and those that are open are closed. Another ban takes the place of the one that
   * is there.
   *
   * @throws BadRequestError it would have ended already; NotFoundError no such user
   */
  async ban(userId: string, { reason, until }: BanPlan): Promise<void> {
    const now = this.clock.now();
    if (until !== undefined && until <= now) throw BadRequestError.at('until', 'until must be in the future');
    if (!(await this.bans.add(userId, reason, until, now))) throw new NotFoundError('unknown user');
    this.events.emit('userBanned', { userId, until });
  }

  /** Who is not banned stays so. @throws NotFoundError no such user */
  async unban(userId: string): Promise<void> {
    if (!(await this.bans.remove(userId))) throw new NotFoundError('unknown user');
  }
}

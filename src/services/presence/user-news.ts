import { Injectable, Logger } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { DomainEvents } from '../../domain/domain-events.js';
import type { EphemeralEvent } from '../../domain/events.js';
import type { PresenceStatus } from '../../domain/presence-status.js';
import { UserNumbers } from '../users/user-numbers.js';
import { PresenceDirectory } from './presence-directory.js';

/** Users who are online and have no number yet: each for a moment only, until it is written down. */
const MAX_UNNUMBERED = 10_000;

/** What one user says of itself in turn while its number is looked up; of more the last count. */
const MAX_STATUSES = 16;

/** Tells everybody here of users, by their numbers: who is new, and how each is. While they are not too many. */
@Injectable()
export class UserNews {
  private readonly logger = new Logger(UserNews.name);
  /** How users are whose number is being looked up, in turn; or who have none yet: of them only how they are now is news. */
  private readonly untold = new Map<string, readonly PresenceStatus[]>();

  constructor(
    private readonly numbers: UserNumbers,
    private readonly directory: PresenceDirectory,
    private readonly events: DomainEvents,
    private readonly config: Config,
  ) {}

  /** Nobody had seen the user before, on any server. */
  joined(userId: string, userNumber: number): void {
    if (!this.isCrowded()) this.announce({ type: 'userJoined', userNumber });
    this.tell(userId, userNumber);
  }

  /** How the user is from now on. Told at once where its number is known, else when it is. */
  async tellStatus(userId: string, status: PresenceStatus): Promise<void> {
    if (this.isCrowded()) return;
    this.keep(userId, [...(this.untold.get(userId) ?? []), status].slice(-MAX_STATUSES));
    const userNumber = await this.numberOf(userId);
    if (userNumber !== undefined) this.tell(userId, userNumber);
    // Who has none is connecting for the first time, and has joined in a moment.
    else this.keep(userId, this.untold.get(userId)?.slice(-1) ?? []);
  }

  private keep(userId: string, statuses: readonly PresenceStatus[]): void {
    this.untold.delete(userId);
    if (statuses.length > 0) this.untold.set(userId, statuses);
    this.forgetOldest();
  }

  private async numberOf(userId: string): Promise<number | undefined> {
    try {
      return (await this.numbers.of([userId])).get(userId);
    } catch (error) {
      this.logger.warn({ msg: 'how a user is was not told', error: String(error) });
      return undefined;
    }
  }

  /** Where thousands come at once, telling each of each is the square of that. */
  private isCrowded(): boolean {
    return this.directory.size > this.config.presence.maxBroadcastUsers;
  }

  private tell(userId: string, userNumber: number): void {
    const statuses = this.untold.get(userId) ?? [];
    this.untold.delete(userId);
    for (const status of statuses) this.announce({ type: 'userStatus', userNumber, status });
  }

  private announce(event: EphemeralEvent): void {
    this.events.emit('announcedHere', { audience: { everybody: true }, event });
  }

  private forgetOldest(): void {
    if (this.untold.size <= MAX_UNNUMBERED) return;
    const oldest = this.untold.keys().next();
    if (!oldest.done) this.untold.delete(oldest.value);
  }
}

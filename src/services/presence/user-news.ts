import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { DomainEvents } from '../../domain/domain-events.js';
import type { EphemeralEvent } from '../../domain/events.js';
import type { PresenceStatus } from '../../domain/presence-status.js';
import { UserNumbers } from '../users/user-numbers.js';

/** Users who are online and have no number yet: each for a moment only, until it is written down. */
const MAX_UNNUMBERED = 10_000;

/** Tells everybody of users, by their numbers: who is new, and how each is. */
@Injectable()
export class UserNews implements OnModuleInit, OnApplicationShutdown {
  /** How users are whose number is being looked up, or who have none yet. Only how they are now is news. */
  private readonly untold = new Map<string, PresenceStatus>();
  private unsubscribe: () => void = () => undefined;
  private isCrowded: () => boolean = () => false;

  constructor(
    private readonly numbers: UserNumbers,
    private readonly events: DomainEvents,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.events.on('userJoined', ({ userId, userNumber }) => {
      // Where thousands come at once, telling each of each is the square of that.
      if (!this.isCrowded()) this.announce({ type: 'userJoined', userNumber });
      this.tell(userId, userNumber);
    });
  }

  onApplicationShutdown(): void {
    this.unsubscribe();
  }

  /** @param isCrowded whether too many are online for everybody to be told who is new */
  isQuietWhile(isCrowded: () => boolean): void {
    this.isCrowded = isCrowded;
  }

  /** How the user is from now on. Told at once where its number is known, else when it is. */
  async tellStatus(userId: string, status: PresenceStatus): Promise<void> {
    this.untold.delete(userId);
    this.untold.set(userId, status);
    this.forgetOldest();
    const userNumber = (await this.numbers.of([userId])).get(userId);
    // Who has none is connecting for the first time, and has joined in a moment.
    if (userNumber !== undefined) this.tell(userId, userNumber);
  }

  private tell(userId: string, userNumber: number): void {
    const status = this.untold.get(userId);
    if (status === undefined) return;
    this.untold.delete(userId);
    this.announce({ type: 'userStatus', userNumber, status });
  }

  private announce(event: EphemeralEvent): void {
    this.events.emit('announced', { audience: { everybody: true }, event });
  }

  private forgetOldest(): void {
    if (this.untold.size <= MAX_UNNUMBERED) return;
    const oldest = this.untold.keys().next();
    if (!oldest.done) this.untold.delete(oldest.value);
  }
}

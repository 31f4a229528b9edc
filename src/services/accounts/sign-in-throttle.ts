import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';
import { RateLimitedError } from '../../domain/errors.js';
import { isUserId } from '../../domain/ids.js';
import { SharedLimits, type Spending } from '../../domain/shared-limits.js';
import { RecentFailures } from './recent-failures.js';

/** Some 20 MB; filling it takes hours at the rate at which passwords are compared. */
const MAX_KEYS = 100_000;

/** Names that nobody can have are one name: a long one is not kept. */
const NOBODY = '';

/**
 * Bounds the guessing of passwords, by name and by address. Each attempt counts as failed from its beginning until it has
 * succeeded, so that many at once get no further than many in turn. Other servers are told of it once it has failed: for them that counts
 * like what is tried there, and nobody is refused for others' right ones.
 */
@Injectable()
export class SignInThrottle implements OnModuleInit, OnApplicationShutdown {
  private readonly byName: RecentFailures;
  private readonly byAddress: RecentFailures;
  private endListening: () => void = () => undefined;

  constructor(
    clock: Clock,
    { users }: Config,
    private readonly shared: SharedLimits,
  ) {
    this.byName = new RecentFailures(clock, users.signInFailuresPerName, MAX_KEYS);
    this.byAddress = new RecentFailures(clock, users.signInFailuresPerAddress, MAX_KEYS);
  }

  onModuleInit(): void {
    this.endListening = this.shared.onTold((spending) => {
      this.takeOver(spending);
    });
  }

  onApplicationShutdown(): void {
    this.endListening();
  }

  /** @throws RateLimitedError no attempt may be made now */
  check(username: string, address: string): void {
    const waitMs = Math.max(this.byName.waitMs(nameKey(username)), this.byAddress.waitMs(address));
    if (waitMs > 0) throw new RateLimitedError(waitMs, 'too many failed attempts');
  }

  /**
   * @returns to be told whether the attempt has succeeded
   * @throws RateLimitedError no attempt may be made now
   */
  begin(username: string, address: string): (hasSucceeded: boolean) => void {
    this.check(username, address);
    const name = nameKey(username);
    const at = this.byName.add(name);
    this.byAddress.add(address);
    return (hasSucceeded) => {
      if (hasSucceeded) {
        this.byName.takeBack(name, at);
        this.byAddress.takeBack(address, at);
      } else if (this.shared.isShared) this.shared.tell({ limit: 'signIns', name, address });
    };
  }

  private takeOver(spending: Spending): void {
    if (spending.limit !== 'signIns') return;
    this.byName.add(spending.name);
    this.byAddress.add(spending.address);
  }
}

function nameKey(username: string): string {
  return isUserId(username) ? username : NOBODY;
}

import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { ForbiddenError } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { userOfPresenceTopic } from '../../domain/topic-patterns.js';
import { mayUse } from '../../domain/topic-permissions.js';
import { UsersRepository } from '../users/users.repository.js';

/** What a principal may do with topics: what its claim says, and the presence of its contacts. */
@Injectable()
export class TopicRights {
  constructor(
    private readonly users: UsersRepository,
    private readonly config: Config,
  ) {}

  /** @throws ForbiddenError at payload.topic */
  requirePublish(principal: Principal, topic: string): void {
    if (!mayUse(principal, 'publish', topic)) throw forbidden('payload.topic');
  }

  /**
   * All or none.
   *
   * @param fieldOf the path of the pattern at this index, for the 403
   * @throws ForbiddenError at the first that is not allowed
   */
  async requireSubscribe(
    principal: Principal,
    patterns: readonly string[],
    fieldOf: (index: number) => string,
  ): Promise<void> {
    const closed = patterns.filter((pattern) => !mayUse(principal, 'subscribe', pattern));
    if (closed.length === 0) return;
    const contacts = await this.contactsAmong(principal.userId, usersOf(closed));
    const isShut = (pattern: string): boolean => !contacts.has(userOfPresenceTopic(pattern) ?? '');
    const shut = new Set(closed.filter(isShut));
    const first = patterns.findIndex((pattern) => shut.has(pattern));
    if (first >= 0) throw forbidden(fieldOf(first));
  }

  private async contactsAmong(userId: string, others: readonly string[]): Promise<ReadonlySet<string>> {
    if (others.length === 0) return new Set();
    return new Set(await this.users.contactsOf(userId, this.config.limits.receiptMembers, others));
  }
}

function usersOf(patterns: readonly string[]): readonly string[] {
  return patterns.map(userOfPresenceTopic).filter((userId) => userId !== undefined);
}

function forbidden(field: string): ForbiddenError {
  return new ForbiddenError('this topic is not allowed', { field });
}

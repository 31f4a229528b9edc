import { Injectable } from '@nestjs/common';

import { BoundedCache } from '../chats/bounded-cache.js';
import { UsersRepository } from './users.repository.js';

/** Users whose numbers are kept: some 10 MB. */
const MAX_KEPT = 100_000;

/** The numbers by which *concord* knows users. They never change, so each is read once. */
@Injectable()
export class UserNumbers {
  private readonly kept = new BoundedCache<string, number>(MAX_KEPT);

  constructor(private readonly users: UsersRepository) {}

  /** Of those that exist. */
  async of(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const numbers = new Map<string, number>();
    const unknown: string[] = [];
    for (const userId of userIds) {
      const number = this.kept.get(userId);
      if (number === undefined) unknown.push(userId);
      else numbers.set(userId, number);
    }
    if (unknown.length === 0) return numbers;
    for (const [userId, number] of await this.users.numbers(unknown)) {
      this.kept.set(userId, number);
      numbers.set(userId, number);
    }
    return numbers;
  }
}

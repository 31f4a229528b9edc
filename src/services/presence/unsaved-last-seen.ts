import type { LastSeen } from '../users/users.repository.js';
import type { PresenceUsers } from './presence-users.js';
import { UserQueue } from './user-queue.js';

/** When users were seen last, until it is written down: a batch after the other, and again where the database was away. */
export class UnsavedLastSeen {
  /** By user, ms since the epoch. */
  private readonly times = new Map<string, number>();
  private readonly queue = new UserQueue(
    (userIds) => this.save(userIds),
    'when users were seen last was not written down',
  );

  constructor(private readonly users: Pick<PresenceUsers, 'saveLastSeen'>) {}

  add(moves: readonly LastSeen[]): void {
    for (const { userId, at } of moves) this.times.set(userId, Math.max(at, this.times.get(userId) ?? 0));
    this.queue.add(moves.map(({ userId }) => userId));
  }

  close(): Promise<void> {
    return this.queue.close();
  }

  private async save(userIds: readonly string[]): Promise<void> {
    const moves = userIds.flatMap((userId) => this.moveOf(userId));
    await this.users.saveLastSeen(moves);
    for (const { userId, at } of moves) if (this.times.get(userId) === at) this.times.delete(userId);
  }

  private moveOf(userId: string): LastSeen[] {
    const at = this.times.get(userId);
    return at === undefined ? [] : [{ userId, at }];
  }
}

import { Injectable } from '@nestjs/common';

import { Config } from '../../config/config.js';
import { NotFoundError } from '../../domain/errors.js';
import { ERASED_USER } from '../../domain/ids.js';
import { ConnectedUsers } from './connected-users.js';
import { UsersRepository } from './users.repository.js';

@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersRepository,
    private readonly config: Config,
    private readonly connected: ConnectedUsers,
  ) {}

  /** Whether somebody never seen may be written to; it becomes a user by that. */
  get strangersWelcome(): boolean {
    return this.config.users.unknownRecipients === 'create';
  }

  /**
   * Refuses ids that belong to nobody, where such are not made users by writing to them; and that which stands for the erased.
   *
   * @param fieldOf the path of the id at this index, for the 404
   */
  async requireReachable(userIds: readonly string[], fieldOf: (index: number) => string): Promise<void> {
    const erased = userIds.indexOf(ERASED_USER);
    if (erased >= 0) throw unknownUser(fieldOf(erased));
    if (this.strangersWelcome) return;
    const existing = await this.users.existing(userIds);
    const stranger = userIds.findIndex((id) => !existing.has(id) && !this.connected.has(id));
    if (stranger >= 0) throw unknownUser(fieldOf(stranger));
  }
}

function unknownUser(field: string): NotFoundError {
  return new NotFoundError('unknown user', { field });
}

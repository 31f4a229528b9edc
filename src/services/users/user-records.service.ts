import { Injectable } from '@nestjs/common';

import { Clock } from '../../domain/clock.js';
import { NotFoundError } from '../../domain/errors.js';
import { isStorableText } from '../../domain/ids.js';
import type { UserCounts, UserRecord, UserRecordsQuery } from './user-record.js';
import { UserRecordsRepository } from './user-records.repository.js';

/** Users as operators see them: all there are, also those whom nobody has seen. */
@Injectable()
export class UserRecordsService {
  constructor(
    private readonly records: UserRecordsRepository,
    private readonly clock: Clock,
  ) {}

  /** The newest first. */
  async list(query: UserRecordsQuery): Promise<readonly UserRecord[]> {
    if (query.query !== undefined && !isStorableText(query.query)) return [];
    return this.records.list(query, this.clock.now());
  }

  /** @throws NotFoundError no such user */
  async one(userId: string): Promise<UserRecord> {
    const record = await this.records.find(userId, this.clock.now());
    if (!record) throw new NotFoundError('unknown user');
    return record;
  }

  counts(userId: string): Promise<UserCounts> {
    return this.records.counts(userId);
  }
}

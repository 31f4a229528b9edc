import { Injectable } from '@nestjs/common';

import { Clock } from '../../domain/clock.js';
import { UserRecordsService } from '../users/user-records.service.js';
import { EXPORT_SECTIONS } from './export-sections.js';
import { ExportsRepository } from './exports.repository.js';

export interface UserExport {
  readonly userNumber: number;
  /** The text of one JSON document, in pieces: read as the receiver takes them, so that little is held. */
  readonly pieces: AsyncIterable<string>;
}

/** Hands out all that is kept of a user. */
@Injectable()
export class ExportsService {
  constructor(
    private readonly exports: ExportsRepository,
    private readonly users: UserRecordsService,
    private readonly clock: Clock,
  ) {}

  /** What is written while it is read may be in it or not. @throws NotFoundError no such user */
  async of(userId: string): Promise<UserExport> {
    const user = await this.users.one(userId);
    return { userNumber: user.number, pieces: this.write(userId, { exportedAt: this.clock.now(), user }) };
  }

  private async *write(userId: string, beginning: object): AsyncGenerator<string> {
    yield JSON.stringify(beginning).slice(0, -1);
    for (const section of EXPORT_SECTIONS) {
      yield `,${JSON.stringify(section.name)}:[`;
      let separator = '';
      for await (const items of this.exports.pages(section, userId)) {
        if (items.length === 0) continue;
        yield separator + items.join(',');
        separator = ',';
      }
      yield ']';
    }
    yield '}';
  }
}

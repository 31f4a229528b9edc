import { Injectable } from '@nestjs/common';

import { Database } from '../database/database.js';

/** What tells the database from others. It goes with the data: into a dump, to a standby, and into a copy. */
@Injectable()
export class DatabaseIdentity {
  constructor(private readonly database: Database) {}

  /** @returns a UUID; throws `UnavailableError` while the database is away */
  async read(): Promise<string> {
    const [row] = await this.database.query<{ id: string }>('select id from database_identity');
    if (!row)
      throw new Error('the database has no identity: "insert into database_identity default values" gives it one');
    return row.id;
  }
}

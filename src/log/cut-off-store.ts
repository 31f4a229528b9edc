import { Injectable } from '@nestjs/common';

import { Database } from '../database/database.js';

/** Which servers can't tell the others what they commit. Throws `UnavailableError` while the database is away. */
@Injectable()
export class CutOffStore {
  constructor(private readonly database: Database) {}

  /** The server is cut off now, from those that it misses or, where it names none, from all. These believe it for 10 s. */
  async note(server: string, missed: readonly string[]): Promise<void> {
    await this.database.query('select note_cut_off($1, $2)', [server, missed]);
  }

  async forget(server: string): Promise<void> {
    await this.database.query('delete from cut_off_servers where server = $1', [server]);
  }
}

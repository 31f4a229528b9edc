import { Injectable } from '@nestjs/common';

import { Database } from '../database/database.js';

/** Which servers can't tell the others what they commit. Throws `UnavailableError` while the database is away. */
@Injectable()
export class CutOffStore {
  constructor(private readonly database: Database) {}

  /** The server is cut off now. The others believe it for 10 s. */
  async note(server: string): Promise<void> {
    await this.database.query('select note_cut_off($1)', [server]);
  }

  async forget(server: string): Promise<void> {
    await this.database.query('delete from cut_off_servers where server = $1', [server]);
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { NotFoundError } from '../domain/errors.js';

/** How the server presents itself to those who browse its channels. */
export interface ServerProfile {
  readonly name: string;
  readonly description?: string;
  readonly iconId?: number;
  /** The channel that newcomers are shown first; it cannot be deleted. */
  readonly defaultChannel: number;
}

/** What is absent stays as it is; `null`: none. */
export interface ServerProfileUpdate {
  readonly name?: string;
  readonly description?: string | null;
  readonly iconId?: number | null;
  readonly defaultChannel?: number;
}

interface ProfileRow {
  readonly name: string;
  readonly description: string | null;
  readonly icon_id: number | null;
  readonly default_channel: number;
}

/** The one profile of all servers of a database. */
@Injectable()
export class ServerProfileStore {
  constructor(private readonly database: Database) {}

  async get(): Promise<ServerProfile> {
    const [row] = await this.database.query<ProfileRow>(
      'select name, description, icon_id, default_channel from server_profile',
    );
    if (!row) throw new Error('the server has no profile');
    return {
      name: row.name,
      description: row.description ?? undefined,
      iconId: row.icon_id ?? undefined,
      defaultChannel: row.default_channel,
    };
  }

  /** @throws NotFoundError the default channel */
  async update(update: ServerProfileUpdate): Promise<void> {
    const [row] = await this.database.query<{ done: boolean }>('select update_server_profile($1) as done', [
      JSON.stringify(update),
    ]);
    if (!row?.done) throw new NotFoundError('unknown channel', { field: 'payload.defaultChannelId' });
  }
}

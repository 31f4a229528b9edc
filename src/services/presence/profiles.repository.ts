import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';

/** A user who was seen: registered, or named by a token. */
export interface SeenUser {
  readonly userId: string;
  readonly number: number;
  readonly name?: string;
  /** ms since the epoch. */
  readonly createdAt: number;
}

interface UserRow {
  readonly id: string;
  readonly number: number;
  readonly name: string | null;
  readonly created_at: number;
}

@Injectable()
export class ProfilesRepository {
  constructor(private readonly database: Database) {}

  /** The newest first. @param query stands in the id or the name, in whatever case; of form free */
  async list(query: string | undefined, offset: number, limit: number): Promise<readonly SeenUser[]> {
    const pattern = query === undefined ? null : `%${query.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    return (await this.database.query<UserRow>(LIST, [pattern, offset, limit])).map(seenUser);
  }

  async byNumber(number: number): Promise<SeenUser | undefined> {
    const [row] = await this.database.query<UserRow>(`${SEEN} and number = $1`, [number]);
    return row && seenUser(row);
  }

  async byId(userId: string): Promise<SeenUser | undefined> {
    const [row] = await this.database.query<UserRow>(`${SEEN} and id = $1`, [userId]);
    return row && seenUser(row);
  }
}

function seenUser({ id, number, name, created_at: createdAt }: UserRow): SeenUser {
  return { userId: id, number, name: name ?? undefined, createdAt };
}

const SEEN = 'select id, number, name, created_at from users where seen';

/** Without a query it reads along the index on the numbers; with one it looks at users until the page is full. */
const LIST = `${SEEN} and ($1::text is null or id ilike $1 or name ilike $1) order by number desc offset $2 limit $3`;

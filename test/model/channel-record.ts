import type { Pool } from 'pg';

/** A channel that a world made. */
export interface WorldChannel {
  readonly id: number;
  readonly publicId: string;
  readonly name: string;
}

/** The newest change of each channel. */
export type Heads = ReadonlyMap<number, number>;

export async function readHeads(pool: Pool): Promise<Heads> {
  const { rows } = await pool.query<{ id: string; change: string }>(
    `select c.id, h.newest_change as change from chats c join heads h on h.chat_id = c.id where c.kind = 'channel'`,
  );
  return new Map(rows.map(({ id, change }) => [Number(id), Number(change)]));
}

export async function readPublicId(pool: Pool, channelId: number): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('select public_id as id from chats where id = $1', [channelId]);
  return rows[0]?.id ?? '';
}

/** When the server last knew that the device was here, if it has heard of it. */
export async function lastSeenOf(
  pool: Pool,
  { userId, dialect, name }: { readonly userId: string; readonly dialect: string; readonly name: string },
): Promise<number | undefined> {
  const { rows } = await pool.query<{ at: string }>(
    'select last_seen as at from devices where user_id = $1 and dialect = $2 and name = $3',
    [userId, dialect, name],
  );
  return rows[0] && Number(rows[0].at);
}

/** Users by their numbers, which is what concord knows of them. */
export async function readNumbers(pool: Pool, users: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ id: string; number: string }>(
    'select id, number from users where id = any ($1)',
    [users],
  );
  return new Map(rows.map(({ id, number }) => [id, Number(number)]));
}

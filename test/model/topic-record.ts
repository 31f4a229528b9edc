import type { Pool } from 'pg';

/** A message of a topic's history as PostgreSQL has it. */
export interface LoggedBroadcast {
  /** Among the messages of all topics. */
  readonly number: number;
  readonly messageId: string;
  readonly topic: string;
  readonly sender: string;
  readonly payload: string;
}

/** Reads the truth past the server. */
export async function readTopics(pool: Pool, topics: readonly string[]): Promise<ReadonlyMap<string, LoggedBroadcast>> {
  const { rows } = await pool.query<{ number: string } & Omit<LoggedBroadcast, 'number'>>(
    `select number, message_id as "messageId", topic, sender, payload from topic_messages where topic = any ($1)`,
    [topics],
  );
  return new Map(rows.map((row) => [row.messageId, { ...row, number: Number(row.number) }]));
}

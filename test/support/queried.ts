import { Client } from 'pg';
import type { TestDatabase } from './database.js';

/** Asks a test's database beside the server that uses it. */
export async function queried<Row>({ url }: TestDatabase, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

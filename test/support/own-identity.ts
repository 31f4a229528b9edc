import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestDatabase } from './database.js';
import { queried } from './queried.js';

const OPERATIONS = join(__dirname, '..', '..', 'docs', 'operations.md');

/** What docs/operations.md has done to a copy of a database; each test database is one, of what was migrated once. */
export async function giveOwnIdentity(database: TestDatabase): Promise<void> {
  const [, statement] = /--command='(update database_identity [^']+)'/.exec(readFileSync(OPERATIONS, 'utf8')) ?? [];
  if (statement === undefined) throw new Error('docs/operations.md says nothing of copies');
  await queried(database, statement);
}

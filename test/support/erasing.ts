import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { readConfig } from '../../src/config/read-config.js';
import { Database } from '../../src/database/database.js';
import { ErasureStore } from '../../src/log/erasure-store.js';
import { SessionStore } from '../../src/log/session-store.js';
import { TopicHistory } from '../../src/log/topic-history.js';
import { ChatErasure } from '../../src/services/erasure/chat-erasure.js';
import { ErasureService } from '../../src/services/erasure/erasure.service.js';
import { DiskStore } from '../../src/services/files/disk-store.js';
import { FilesRepository } from '../../src/services/files/files.repository.js';
import { FilesService } from '../../src/services/files/files.service.js';
import type { TestLog } from './log.js';
import { TEST_SECRET } from './tokens.js';

export interface Erasing {
  readonly store: ErasureStore;
  readonly service: ErasureService;
  readonly files: FilesService;
  readonly sessions: SessionStore;
  /** Where the files are; whoever asked for it removes it. */
  readonly dataDir: string;
}

/** What erases users over a test's log. */
export async function openErasing(
  { dataSource, chats, channels, calls, events }: TestLog,
  database = new Database(dataSource),
): Promise<Erasing> {
  const dataDir = await mkdtemp(join(tmpdir(), '.parlance-erasing-'));
  const config = readConfig({ JWT_SECRET: TEST_SECRET, DATA_DIR: dataDir });
  const clock = { now: () => Date.now() };
  const store = new ErasureStore(database, events, clock);
  const files = new FilesService(new DiskStore(config), new FilesRepository(database), clock, config);
  return {
    store,
    files,
    sessions: new SessionStore(database, new TopicHistory(database, config, clock), config, clock),
    dataDir,
    service: new ErasureService(store, new ChatErasure(store, chats, channels, calls), files, events),
  };
}

/** The database as a server sees it that dies: its last statement is committed, and that is never heard of. */
export class DyingDatabase extends Database {
  /** @param left statements that are answered */
  constructor(
    dataSource: DataSource,
    private left: number,
  ) {
    super(dataSource);
  }

  override async query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
    if (this.left < 0) throw new Error('the server is dead');
    const rows = await super.query<Row>(sql, parameters);
    if (this.left-- === 0) throw new Error('the server died');
    return rows;
  }
}

/** The tables that have the words in any column, with the rows. */
export async function rowsWith(
  { query }: { query: <Row>(sql: string, values?: unknown[]) => Promise<Row[]> },
  words: string,
): Promise<Record<string, unknown[]>> {
  const tables = await query<{ name: string }>(
    `select quote_ident(table_name) as name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
  );
  const found: Record<string, unknown[]> = {};
  for (const { name } of tables) {
    const rows = await query<unknown>(`select * from ${name} t where position($1 in t::text) > 0`, [words]);
    if (rows.length > 0) found[name] = rows;
  }
  return found;
}
